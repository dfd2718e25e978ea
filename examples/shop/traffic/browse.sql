-- A customer looks at their account and their orders. Reads only.
\set pick random(1, 2000000000)
begin transaction read only;
select coalesce((select id from users where id >= md5(:pick::text)::uuid order by id limit 1),
    '00000000-0000-0000-0000-000000000000') as user_id \gset
select order_number, status, total_amount from orders where user_id = :user_id order by created_at desc limit 10;
select count(*), sum(amount) from transactions where user_id = :user_id::text;
commit;
