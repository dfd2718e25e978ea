-- A delivered order comes back and is refunded. The payment keeps its gateway's answer, which may be stored out of
-- line: such an update does not carry it.
\set pick random(1, 2000000000)
begin;
select coalesce((
        select id from orders where status = 'delivered' and id >= md5(:pick::text)::uuid order by id limit 1
        for update skip locked),
    '00000000-0000-0000-0000-000000000000') as order_id \gset
update orders set status = 'returned', updated_at = now() where id = :order_id;
update payments set status = 'refunded' where order_id = :order_id and status = 'captured';
insert into transactions (user_id, amount, transaction_type)
select user_id::text, -total_amount, 'refund' from orders where id = :order_id;
commit;
