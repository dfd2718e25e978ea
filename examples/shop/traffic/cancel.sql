-- A pending order is cancelled; a cancelled order is now and then cleared away, with its items (cascade) and payments.
\set pick random(1, 2000000000)
\set clear random(1, 4)
begin;
update orders set status = 'cancelled', updated_at = now()
where id = (
    select id from orders where status = 'pending' and id >= md5(:pick::text)::uuid order by id limit 1
    for update skip locked);
\if :clear = 1
select coalesce((
        select id from orders where status = 'cancelled' and id >= md5(:pick::text)::uuid order by id limit 1
        for update skip locked),
    '00000000-0000-0000-0000-000000000000') as order_id \gset
delete from payments where order_id = :order_id;
delete from orders where id = :order_id;
\endif
commit;
