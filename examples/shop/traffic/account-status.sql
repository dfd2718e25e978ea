-- An account is suspended, or comes back.
\set pick random(1, 2000000000)
update users
set status = case status when 'active' then (array['suspended', 'inactive'])[1 + :pick::bigint % 2] else 'active' end,
    updated_at = now()
where id = (select id from users where id >= md5(:pick::text)::uuid order by id limit 1);
