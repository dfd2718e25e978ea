-- A customer moves: the old default steps back, the new one comes, and anything beyond four addresses goes.
\set pick random(1, 2000000000)
begin;
select coalesce((select id from users where id >= md5(:pick::text)::uuid order by id limit 1 for key share),
    '00000000-0000-0000-0000-000000000000') as user_id \gset
update user_addresses set is_default = false where user_id = :user_id and is_default;
insert into user_addresses (id, user_id, is_default, address_line_1, city, state, postal_code, country)
select md5('address:' || users.id || ':' || :pick::text)::uuid, users.id, true, place.*
from users, traffic.place(:pick) as place
where users.id = :user_id
on conflict (id) do update set is_default = true;
delete from user_addresses
where id in (select id from user_addresses where user_id = :user_id order by created_at desc, id offset 4);
commit;
