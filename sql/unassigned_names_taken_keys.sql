-- unassigned() tells rows whose tenant does not exist, and rows that would get a tenant and another row's unique key with it.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\set orphans :here /sql/include/orphans.sql
\i :fixture
\i :orphans

SELECT table_name, reason, rows FROM tenancy.unassigned('App 2', 'tenantId');
SELECT reason, derivable FROM tenancy.classify('App 2', 'tenantId') WHERE table_name = 'orders'::regclass;
-- The queries, run as they are.
SELECT query FROM tenancy.unassigned('App 2', 'tenantId') WHERE reason = 'tenant does not exist' \gset
:query
SELECT query FROM tenancy.unassigned('App 2', 'tenantId') WHERE reason = 'key is taken' \gset
:query
SELECT query FROM tenancy.unassigned('App 2', 'tenantId') WHERE reason = 'derivable' AND table_name = 'orders'::regclass \gset
:query
-- NULL in the rest of a key is no other NULL, unless the key says so. 3 belongs to b, as 11 does.
INSERT INTO orders VALUES (11, 'b', 2, NULL, NULL);
UPDATE orders SET number = id + 1000 WHERE id IN (4, 9, 10);
UPDATE orders SET number = NULL WHERE id = 3;
SELECT reason, rows FROM tenancy.unassigned('App 2', 'tenantId') WHERE table_name = 'orders'::regclass AND reason ~ 'derivable|taken';
ALTER TABLE orders DROP CONSTRAINT "orders_tenantId_number_key", ADD CONSTRAINT by_number UNIQUE NULLS NOT DISTINCT ("tenantId", number);
SELECT reason, rows FROM tenancy.unassigned('App 2', 'tenantId') WHERE table_name = 'orders'::regclass AND reason ~ 'derivable|taken';
-- Not those that are partial, deferrable or of expressions: the server says when one is in the way.
ALTER TABLE orders DROP CONSTRAINT by_number, ADD CONSTRAINT by_number UNIQUE ("tenantId", number) DEFERRABLE;
CREATE UNIQUE INDEX ON orders ("tenantId", number) WHERE id < 0;
CREATE UNIQUE INDEX ON orders ("tenantId", abs(number));
SELECT reason, rows FROM tenancy.unassigned('App 2', 'tenantId') WHERE table_name = 'orders'::regclass AND reason ~ 'derivable|taken';
ALTER TABLE orders DROP CONSTRAINT by_number;
UPDATE orders SET number = 7 WHERE id IN (3, 4);
CREATE UNIQUE INDEX ON orders (number, "tenantId");
-- By a rule, rows whose parents disagree get tenants too.
ALTER TABLE orders ADD seller_id integer REFERENCES users;
UPDATE orders SET seller_id = 1 WHERE id = 4;
SELECT reason, rows FROM tenancy.unassigned('App 2', 'tenantId') WHERE table_name = 'orders'::regclass AND reason ~ 'derivable|taken|disagree';
SELECT tenancy.set_derivation('orders', ARRAY['user_id -> users."tenantId"', 'seller_id -> users."tenantId"']);
SELECT reason, rows FROM tenancy.unassigned('App 2', 'tenantId') WHERE table_name = 'orders'::regclass AND reason ~ 'derivable|taken|disagree';
SELECT tenancy.set_derivation('orders', ARRAY['seller_id -> users."tenantId"', 'user_id -> users."tenantId"']);
SELECT reason, rows FROM tenancy.unassigned('App 2', 'tenantId') WHERE table_name = 'orders'::regclass AND reason ~ 'derivable|taken|disagree';

\c - :superuser
\pset format aligned
DELETE FROM tenancy.configuration;
\i :cleanup
