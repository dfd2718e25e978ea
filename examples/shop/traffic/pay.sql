-- A pending order is paid: one transaction that writes the order twice and the payment twice. One payment in twenty is
-- declined.
\set pick random(1, 2000000000)
\set declined random(1, 20)
begin;
select coalesce((
        select id from orders where status = 'pending' and id >= md5(:pick::text)::uuid order by id limit 1
        for update skip locked),
    '00000000-0000-0000-0000-000000000000') as order_id \gset
insert into payments (id, order_id, payment_method, payment_provider, external_payment_id, amount, currency)
select md5('payment:' || id || ':' || :pick::text)::uuid, id,
    (array['card', 'wallet', 'bank_transfer'])[1 + :pick::bigint % 3],
    (array['stripe', 'adyen', 'paypal'])[1 + :pick::bigint % 3], 'pay_' || md5(:pick::text), total_amount, currency
from orders where id = :order_id
on conflict do nothing;
\if :declined = 1
update payments set status = 'failed', gateway_response = '{"declined": "insufficient_funds"}'
where order_id = :order_id and status = 'pending';
\else
update orders set status = 'processing', updated_at = now() where id = :order_id;
update payments set status = 'captured', gateway_response = traffic.gateway_response(external_payment_id, :pick)
where order_id = :order_id and status = 'pending';
update orders set status = 'paid', updated_at = now() where id = :order_id;
insert into transactions (user_id, amount, transaction_type)
select user_id::text, total_amount, 'purchase' from orders where id = :order_id;
\endif
commit;
