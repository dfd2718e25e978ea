-- Fills the shop's tables; the same sizes give the same rows.
--   psql -v ON_ERROR_STOP=1 -v users=2000 -v orders=10000 -f seed.sql

\if :{?users} \else \set users 2000 \endif
\if :{?orders} \else \set orders 10000 \endif

begin;
select setseed(0.5) \g /dev/null

insert into users (id, email, password_hash, first_name, last_name, phone, status, created_at, updated_at)
select
    traffic.identifier('user', number), format('customer.%s@example.com', number),
    '$2b$12$' || left(md5(number::text) || md5('salt' || number), 53),
    person.first_name, person.last_name, person.phone,
    case when draw.status < 0.92 then 'active' when draw.status < 0.97 then 'inactive' else 'suspended' end,
    draw.created_at, draw.created_at
from (
    select number, random() as status, timestamp '2024-01-01' + random() * interval '400 days' as created_at
    from generate_series(1, :users) as number
) as draw, traffic.person(number) as person;

insert into user_addresses (
    id, user_id, type, is_default, address_line_1, city, state, postal_code, country, created_at)
select
    traffic.identifier('address', draw.number * 2 + kind), traffic.identifier('user', draw.number),
    case kind when 0 then 'shipping' else 'billing' end, kind = 0,
    place.address_line_1, place.city, place.state, place.postal_code, place.country,
    timestamp '2024-01-01' + random() * interval '400 days'
from (select number, random() as second from generate_series(1, :users) as number) as draw
cross join generate_series(0, 1) as kind
cross join lateral traffic.place(draw.number * 2 + kind) as place
where kind = 0 or draw.second < 0.3;

-- Few customers place most orders, as customers do.
create temporary table draw on commit drop as
select
    number, 1 + floor(:users * random() ^ 2)::bigint as customer, floor(500 * random() ^ 2)::bigint as first_product,
    1 + floor(4 * random() ^ 2)::integer as lines, random() as status,
    timestamp '2025-03-01' + random() * interval '200 days' as created_at
from generate_series(1, :orders) as number;
analyze draw;

insert into orders (
    id, user_id, order_number, status, subtotal, tax_amount, shipping_amount, total_amount, currency,
    created_at, updated_at)
select
    traffic.identifier('order', number), traffic.identifier('user', customer), 'SO-' || lpad(number::text, 10, '0'),
    case
        when status < 0.60 then 'delivered' when status < 0.72 then 'shipped' when status < 0.82 then 'paid'
        when status < 0.92 then 'pending' when status < 0.97 then 'cancelled' else 'returned'
    end,
    subtotal, tax, shipping, subtotal + tax + shipping,
    (array['USD', 'USD', 'USD', 'EUR', 'GBP'])[1 + number % 5],
    created_at, created_at
from draw
cross join lateral (select sum(total_price) from traffic.basket(first_product, lines)) as basket (subtotal)
cross join lateral (
    select round(subtotal * 0.08, 2), case when subtotal >= 100 then 0 else 7.90 end
) as extra (tax, shipping);

insert into order_items (id, order_id, product_id, variant_id, sku, name, quantity, unit_price, total_price)
select
    traffic.identifier('item', number * 100 + line), traffic.identifier('order', number),
    product_id, variant_id, sku, name, quantity, unit_price, total_price
from draw, traffic.basket(first_product, lines);

insert into payments (
    id, order_id, payment_method, payment_provider, external_payment_id, amount, currency, status, gateway_response,
    created_at)
select
    traffic.identifier('payment', number), orders.id, (array['card', 'wallet', 'bank_transfer'])[1 + number % 3],
    (array['stripe', 'adyen', 'paypal'])[1 + number % 3], 'pay_' || md5(number::text),
    orders.total_amount, orders.currency,
    case orders.status when 'returned' then 'refunded' else 'captured' end,
    traffic.gateway_response('pay_' || md5(number::text), number), orders.created_at + interval '1 minute'
from draw
join orders on orders.id = traffic.identifier('order', number)
where orders.status in ('paid', 'shipped', 'delivered', 'returned');

insert into transactions (user_id, amount, transaction_type, created_at)
select orders.user_id::text, amount.signed, amount.kind, payments.created_at
from payments
join orders on orders.id = payments.order_id
cross join lateral (
    values (orders.total_amount, 'purchase'), (-orders.total_amount, 'refund')
) as amount (signed, kind)
where amount.kind = 'purchase' or orders.status = 'returned'
order by payments.created_at, payments.id, amount.kind;

select setval('traffic.customer_numbers', :users), setval('traffic.order_numbers', :orders) \g /dev/null
commit;

analyze users, user_addresses, orders, order_items, payments, transactions;
