-- The shop's tables in PostgreSQL.
--   psql -v ON_ERROR_STOP=1 -f schema.sql

begin;

create table users (
    id            uuid primary key default gen_random_uuid(),
    email         varchar(255) not null unique,
    password_hash varchar(255) not null,
    first_name    varchar(100) not null,
    last_name     varchar(100) not null,
    phone         varchar(20),
    status        varchar(20) not null default 'active',
    created_at    timestamp not null default now(),
    updated_at    timestamp not null default now()
);

create table user_addresses (
    id             uuid primary key default gen_random_uuid(),
    user_id        uuid not null references users (id) on delete cascade,
    type           varchar(20) not null default 'shipping',
    is_default     boolean not null default false,
    address_line_1 varchar(255) not null,
    city           varchar(100) not null,
    state          varchar(100),
    postal_code    varchar(20) not null,
    country        varchar(2) not null,
    created_at     timestamp not null default now()
);

create table orders (
    id              uuid primary key default gen_random_uuid(),
    user_id         uuid not null references users (id),
    order_number    varchar(32) not null unique,
    status          varchar(20) not null default 'pending',
    subtotal        numeric(10, 2) not null,
    tax_amount      numeric(10, 2) not null default 0,
    shipping_amount numeric(10, 2) not null default 0,
    total_amount    numeric(10, 2) not null,
    currency        char(3) not null default 'USD',
    created_at      timestamp not null default now(),
    updated_at      timestamp not null default now()
);

create table order_items (
    id          uuid primary key default gen_random_uuid(),
    order_id    uuid not null references orders (id) on delete cascade,
    product_id  text not null,
    variant_id  text,
    sku         varchar(64) not null,
    name        varchar(255) not null,
    quantity    integer not null check (quantity > 0),
    unit_price  numeric(10, 2) not null,
    total_price numeric(10, 2) not null
);

create table payments (
    id                  uuid primary key default gen_random_uuid(),
    order_id            uuid not null references orders (id),
    payment_method      varchar(32) not null,
    payment_provider    varchar(32) not null,
    external_payment_id varchar(255),
    amount              numeric(10, 2) not null,
    currency            char(3) not null default 'USD',
    status              varchar(20) not null default 'pending',
    gateway_response    jsonb,
    created_at          timestamp not null default now()
);

create table transactions (
    id               bigserial primary key,
    user_id          text not null,
    amount           numeric(10, 2) not null,
    transaction_type varchar(32) not null,
    created_at       timestamp not null default now()
);

create index on user_addresses (user_id);
create index on orders (user_id);
create index on orders (status, id);
create index on order_items (order_id);
create index on payments (order_id);
create index on transactions (user_id);

-- What a target is keyed by must be in the old row too, or a delete and a change of owner would not find what to remove.
-- Orders stand in the sorted set of their user, items are edges from an order to a product, and transactions
-- invalidate a cache that is kept per user: none of these is a primary key. The other tables are found by theirs.
alter table orders replica identity full;
alter table order_items replica identity full;
alter table transactions replica identity full;

-- What the seed and the traffic share; no table, so nothing here is replicated.
create schema traffic;

-- Ids are made from running numbers, so that a fill, or the traffic of one client, comes out the same every time.
create sequence traffic.customer_numbers;
create sequence traffic.order_numbers;

create function traffic.identifier(kind text, number bigint) returns uuid
language sql immutable parallel safe
return md5(kind || ':' || number)::uuid;

create function traffic.person(number bigint, out first_name text, out last_name text, out phone text)
language sql immutable parallel safe
begin atomic
    select
        (array['Ada', 'José', 'Zoë', 'Łukasz', 'Mei', 'Olga', 'Noah', 'Søren', 'Amina', '小林', 'Priya', 'Björk'])
            [1 + number % 12],
        (array[
            'Okafor', 'O''Brien', 'Müller', 'García', 'Nguyễn', 'van der Berg', 'Šimić', 'Ivanova', '健太', 'Smith-Jones'
        ])[1 + number / 12 % 10],
        case when number % 10 < 7 then '+1555' || lpad((number * 7919 % 10000000)::text, 7, '0') end;
end;

create function traffic.place(
    number bigint, out address_line_1 text, out city text, out state text, out postal_code text, out country text)
language sql immutable parallel safe
begin atomic
    select
        (1 + number % 997) || ' '
            || (array['Mill Lane', 'Weir Street', 'Rua das Flores', 'Straße am Fluß', '川端通'])[1 + number % 5],
        (array['Portland', 'Leeds', 'Lisboa', 'Zürich', '京都'])[1 + number % 5],
        (array['OR', null, null, 'ZH', null])[1 + number % 5],
        lpad((number * 104729 % 100000)::text, 5, '0'),
        (array['US', 'GB', 'PT', 'CH', 'JP'])[1 + number % 5];
end;

-- As much of the catalogue as an order copies. The catalogue itself lives in MongoDB, so a product's id is an ObjectId.
create function traffic.product(
    number bigint, out product_id text, out variant_id text, out sku text, out name text, out unit_price numeric)
language sql immutable parallel safe
begin atomic
    select
        left(md5('product:' || number), 24),
        left(md5('product:' || number), 24) || '-' || number % 3,
        'P' || lpad(number::text, 5, '0') || '-' || number % 3,
        (array['Gaming', 'Travel', 'Studio', 'Pocket', 'Classic'])[1 + number % 5] || ' '
            || (array['Laptop', 'Headphones', 'Keyboard', 'Camera', 'Monitor', 'Lamp', 'Chair'])[1 + number % 7],
        (499 + (number * number * 7919 + number * 104729) % 149500) / 100.0;
end;

-- The lines of one order, made from its first product.
create function traffic.basket(
    first_product bigint, lines integer, out line integer, out product_id text, out variant_id text, out sku text,
    out name text, out quantity integer, out unit_price numeric, out total_price numeric)
returns setof record
language sql immutable parallel safe rows 3
begin atomic
    select
        series.line, product.product_id, product.variant_id, product.sku, product.name,
        amount.quantity, product.unit_price, amount.quantity * product.unit_price
    from generate_series(1, lines) as series (line)
    cross join lateral traffic.product(1 + (first_product + series.line * series.line * 37) % 500) as product
    cross join lateral (select (1 + (first_product + series.line) % 3)::integer) as amount (quantity);
end;

-- What a payment provider answers. One answer in twenty is kilobytes long and stored out of line (TOAST).
create function traffic.gateway_response(reference text, number bigint) returns jsonb
language sql immutable parallel safe
return jsonb_build_object(
    'reference', reference,
    'risk', jsonb_build_object('score', number % 100, 'checks', jsonb_build_array('cvc', 'address', null)),
    'fee', round(number % 1000 / 100.0, 2),
    'receipt', case when number % 20 = 0 then
        (select string_agg(md5(reference || part), '') from generate_series(1, 200) as part) end);

commit;
