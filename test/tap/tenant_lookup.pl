# Tenants are found whatever order an index over their names or ids has: one of another collation than the
# column's is not used.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use TenancyNode;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = tenancy_node('lookup');
plan skip_all => 'this server has no ICU collations'
  unless $node->safe_psql('app', "SELECT count(*) FROM pg_collation WHERE collname = 'en-x-icu'");
$node->safe_psql('app', q{
	DELETE FROM tenancy.tenants;
	CREATE TABLE companies (id text NOT NULL, slug text NOT NULL);
	INSERT INTO companies SELECT CASE n % 2 WHEN 0 THEN 'Id-' ELSE 'id_' END || n, CASE n % 2 WHEN 0 THEN 'Slug-' ELSE 'slug_' END || n FROM generate_series(1, 2000) AS n;
	CREATE UNIQUE INDEX ON companies (id);
	CREATE UNIQUE INDEX ON companies (slug);
	ANALYZE companies;
	SELECT tenancy.use_tenant_table('companies', 'id', slug_column => 'slug');
	SELECT tenancy.enroll('app');
});
my $missed = q{SELECT count(*) FROM companies AS c WHERE NOT EXISTS (SELECT FROM tenancy.find_tenant(c.slug) AS f WHERE f.tenant = c.id) OR tenancy.tenant_status(c.id) IS NULL};
is($node->safe_psql('app', $missed), '0', 'with indexes of the column\'s own collation');
$node->safe_psql('app', 'DROP INDEX companies_id_idx, companies_slug_idx;
	CREATE UNIQUE INDEX ON companies (id COLLATE "en-x-icu"); CREATE UNIQUE INDEX ON companies (slug COLLATE "en-x-icu");');
is($node->safe_psql('app', $missed), '0', 'with indexes of another one');
$node->stop;
done_testing();
