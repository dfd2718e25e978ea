-- Two accounts of one customer become one: orders and transactions change their owner, and the emptied account goes.
\set kept random(1, 2000000000)
\set closed random(1, 2000000000)
begin;
select coalesce((select id from users where id >= md5(:kept::text)::uuid order by id limit 1),
    '00000000-0000-0000-0000-000000000000') as kept_id \gset
select coalesce((select id from users where id >= md5(:closed::text)::uuid order by id limit 1),
    '00000000-0000-0000-0000-000000000000') as closed_id \gset
select count(*) as found
from (select from users where id in (:kept_id, :closed_id) order by id for update) as accounts \gset
\if :found = 2
update orders set user_id = :kept_id, updated_at = now() where user_id = :closed_id;
update transactions set user_id = :kept_id::uuid::text where user_id = :closed_id::uuid::text;
delete from users where id = :closed_id;
\endif
commit;
