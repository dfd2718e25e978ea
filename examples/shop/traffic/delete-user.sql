-- A customer asks to be forgotten. Addresses and items go by cascade.
\set pick random(1, 2000000000)
begin;
select coalesce((select id from users where id >= md5(:pick::text)::uuid order by id limit 1 for update),
    '00000000-0000-0000-0000-000000000000') as user_id \gset
delete from payments using orders where payments.order_id = orders.id and orders.user_id = :user_id;
delete from orders where user_id = :user_id;
delete from transactions where user_id = :user_id::uuid::text;
delete from users where id = :user_id;
commit;
