// How an application enters a tenant with node-postgres; docs/CONNECTING.md shows these lines.
const { Pool } = require('pg')

const openPool = (where) => new Pool({ ...where, pipeline: true })

// What work(client) asks for before its first await leaves together with BEGIN.
async function transaction(pool, enter, whom, work) {
    const client = await pool.connect()
    let lost
    try {
        const done = await Promise.allSettled([
            client.query('BEGIN'),
            client.query(enter, [whom]),
            (async () => work(client))(),
        ])
        const failed = done.find((one) => one.status === 'rejected')
        if (failed) throw failed.reason
        await client.query('COMMIT')
        return done[2].value
    } catch (error) {
        await client.query('ROLLBACK').catch((another) => { lost = another })
        throw error
    } finally {
        client.release(lost)
    }
}

const inTenant = (pool, tenant, work) =>
    transaction(pool, 'SELECT tenancy.set_tenant($1)', tenant, work)
const withToken = (pool, token, work) =>
    transaction(pool, 'SELECT tenancy.authenticate($1)', token, work)

const customers = async (client) =>
    (await client.query('SELECT tenant_id, name FROM shop.customers')).rows

// Without pipeline, before version 8.23: BEGIN and the tenant in one message.
async function beginInTenant(client, tenant) {
    await client.query(`BEGIN; SELECT tenancy.set_tenant(${client.escapeLiteral(tenant)})`)
}

module.exports = { openPool, transaction, inTenant, withToken, customers, beginInTenant }
