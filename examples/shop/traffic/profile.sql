-- A customer changes their name or telephone number, or takes the number out.
\set pick random(1, 2000000000)
\set person random(1, 2000000000)
update users
set first_name = person.first_name, last_name = person.last_name, phone = person.phone, updated_at = now()
from traffic.person(:person) as person
where users.id = (select id from users where id >= md5(:pick::text)::uuid order by id limit 1);
