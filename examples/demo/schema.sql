-- A small agency tool as many teams have it: every table has a tenant column, and the application
-- is trusted to say WHERE tenant_id = … everywhere.

CREATE SCHEMA board;

CREATE TABLE board.customers (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id  uuid,
    name       text NOT NULL,
    email      text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE board.projects (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id   uuid,
    customer_id uuid REFERENCES board.customers ON DELETE SET NULL,
    name        text NOT NULL,
    budget      numeric(12,2) NOT NULL DEFAULT 0
);
CREATE TABLE board.tasks (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id  uuid,
    project_id uuid NOT NULL REFERENCES board.projects ON DELETE CASCADE,
    title      text NOT NULL,
    done       boolean NOT NULL DEFAULT false
);
CREATE TABLE board.invoices (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    tenant_id   uuid,
    customer_id uuid REFERENCES board.customers ON DELETE RESTRICT,
    issued_on   date NOT NULL,
    amount      numeric(12,2) NOT NULL,
    PRIMARY KEY (id, issued_on)
) PARTITION BY RANGE (issued_on);
CREATE TABLE board.invoices_2025 PARTITION OF board.invoices FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE board.invoices_2026 PARTITION OF board.invoices FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE board.vat_rates (
    country text PRIMARY KEY,
    percent numeric(4,1) NOT NULL
);
