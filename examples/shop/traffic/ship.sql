-- A paid order leaves the house.
\set pick random(1, 2000000000)
update orders set status = 'shipped', updated_at = now()
where id = (
    select id from orders where status = 'paid' and id >= md5(:pick::text)::uuid order by id limit 1
    for update skip locked);
