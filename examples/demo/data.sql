-- Two tenants with plausible data, loaded by the platform: rows name their tenant themselves.

SELECT tenancy.create_tenant('Northwind Studio', 'northwind', plan => 'growth', id => '0192f1a0-0000-7000-8000-00000000a001');
SELECT tenancy.create_tenant('Blue Heron Clinic', 'blue-heron', plan => 'starter', id => '0192f1a0-0000-7000-8000-00000000b001');

INSERT INTO board.customers (id, tenant_id, name, email)
SELECT ('0192f1a0-0000-7000-8000-00000' || t.letter || lpad(to_hex(n), 4, '0'))::uuid, t.id, t.names[1 + n % 5] || ' ' || n,
       'office' || n || '@' || t.slug || '.example'
FROM (SELECT id, slug, CASE slug WHEN 'northwind' THEN 'ca' ELSE 'cb' END || '0' AS letter,
             CASE slug WHEN 'northwind' THEN ARRAY['Harbour Museum', 'Lindqvist Bakery', 'Tram Works', 'Atlas Hotel', 'Pine & Sons']
                       ELSE ARRAY['Ward Supplies', 'Meadow Dental', 'City Lab', 'Rehab Partners', 'Sunrise Pharmacy'] END AS names
      FROM tenancy.tenants) AS t, generate_series(1, 40) AS n;

INSERT INTO board.projects (id, tenant_id, customer_id, name, budget)
SELECT ('0192f1a0-0000-7000-8000-' || overlay(substr(c.id::text, 25) PLACING 'd' FROM 6))::uuid, c.tenant_id, c.id, 'Work for ' || c.name, 2500 + 125 * row_number() OVER (ORDER BY c.id)
FROM board.customers AS c;

INSERT INTO board.tasks (tenant_id, project_id, title, done)
SELECT p.tenant_id, p.id, (ARRAY['Kick-off', 'Draft', 'Review', 'Hand-over'])[n], n < 3
FROM board.projects AS p, generate_series(1, 4) AS n;

INSERT INTO board.invoices (tenant_id, customer_id, issued_on, amount)
SELECT c.tenant_id, c.id, date '2025-01-15' + 30 * n, 400 + 10 * n
FROM board.customers AS c, generate_series(0, 20) AS n;

INSERT INTO board.vat_rates VALUES ('DE', 19.0), ('FR', 20.0), ('SE', 25.0), ('DK', 25.0);
