-- Roles and helpers of the attacks, once for a database. A template for matrix.py.
CREATE ROLE shop_owner LOGIN;
CREATE ROLE batch LOGIN BYPASSRLS;
CREATE ROLE app_super LOGIN SUPERUSER;
CREATE ROLE app_sober LOGIN;
CREATE ROLE app_generous LOGIN;
