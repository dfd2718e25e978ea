-- A new customer, with a first address, in one transaction.
\set address random(1, 2000000000)
begin;
select nextval('traffic.customer_numbers') as number \gset
insert into users (id, email, password_hash, first_name, last_name, phone)
select traffic.identifier('user', :number), format('customer.%s@example.com', :number::bigint),
    '$2b$12$' || left(md5(:number::text) || md5('salt' || :number::text), 53),
    person.first_name, person.last_name, person.phone
from traffic.person(:number) as person;
insert into user_addresses (id, user_id, is_default, address_line_1, city, state, postal_code, country)
select traffic.identifier('sign-up address', :number), traffic.identifier('user', :number), true, place.*
from traffic.place(:address) as place;
commit;
