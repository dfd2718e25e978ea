-- An active customer orders one to five things. One basket in fifty is given up: a rollback, of which nothing may be
-- seen.
\set pick random(1, 2000000000)
\set product random_zipfian(1, 500, 1.2)
\set lines random_exponential(1, 5, 3)
\set abandon random(1, 50)
begin;
select coalesce((
        select id from users where id >= md5(:pick::text)::uuid and status = 'active' order by id limit 1
        for key share),
    '00000000-0000-0000-0000-000000000000') as user_id \gset
select nextval('traffic.order_numbers') as number \gset
insert into orders (id, user_id, order_number, subtotal, tax_amount, shipping_amount, total_amount)
select traffic.identifier('order', :number), users.id, 'SO-' || lpad(:number::text, 10, '0'),
    subtotal, tax, shipping, subtotal + tax + shipping
from users
cross join (select sum(total_price) from traffic.basket(:product, :lines)) as basket (subtotal)
cross join lateral (
    select round(subtotal * 0.08, 2), case when subtotal >= 100 then 0 else 7.90 end
) as extra (tax, shipping)
where users.id = :user_id;
insert into order_items (id, order_id, product_id, variant_id, sku, name, quantity, unit_price, total_price)
select traffic.identifier('item', :number::bigint * 100 + line), orders.id,
    product_id, variant_id, sku, name, quantity, unit_price, total_price
from orders, traffic.basket(:product, :lines)
where orders.id = traffic.identifier('order', :number);
\if :abandon = 1
rollback;
\else
commit;
\endif
