// Checks of node-postgres: `ok` or `FAIL` per line. The environment is set by ../run.sh.
const crypto = require('crypto')
const net = require('net')
const { Client, DatabaseError } = require('pg')
const { openPool, transaction, inTenant, withToken, customers, beginInTenant } = require('./shop.js')

const env = process.env
const tenants = env.SHOP_TENANTS.split(',')
const rounds = Number(env.SHOP_ROUNDS)

function check(name, good, detail = '') {
    console.log(good ? `ok node: ${name}` : `FAIL node: ${name}: ${detail}`)
}

function token(tenant, expires = 600, key = env.SHOP_KEY) {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const now = Math.floor(Date.now() / 1000)
    const said = part({ alg: 'HS256', kid: 'shop' }) + '.' +
        part({ tenant_id: tenant, sub: 'ada', iat: now - 300, exp: now + expires })
    return said + '.' + crypto.createHmac('sha256', key).update(said).digest('base64url')
}

const where = (port, database) => ({
    host: '127.0.0.1', port: Number(port), database, user: 'shop_app', password: env.SHOP_PASSWORD,
})
// What became of it: 'ok', or the SQLSTATE of the driver's own error.
const state = (promise) => promise.then(() => 'ok', (error) =>
    error instanceof DatabaseError ? error.code : `${error.name}: ${error.message}`)

// Every tenant at once, on connections that they share.
async function nothingIsCarriedOver(title, port, database, enter) {
    const pool = openPool({ ...where(port, database), max: database === 'shop' ? 3 : 8 })
    const seen = { own: 0, without: 0, other: [] }
    await Promise.all(tenants.map(async (tenant) => {
        for (let round = 0; round < rounds; round++) {
            const rows = await enter(pool, tenant, async (client) => {
                if (round % 7 === 3) await client.query("INSERT INTO shop.customers (name) VALUES ('short')")
                const found = await customers(client)
                if (round % 7 === 3) throw found
                return found
            }).catch((error) => Array.isArray(error) ? error.slice(1) : Promise.reject(error))
            if (rows.length === 5 && rows.every((row) => row.tenant_id === tenant)) seen.own++
            else seen.other.push(rows)
            if (round % 5 === 0) {
                const told = await state(transaction(pool, 'SELECT $1::text', 'nobody', customers))
                if (told === '42501' && await state(customers(pool)) === '42501') seen.without++
                else seen.other.push(told)
            }
        }
    }))
    const wanted = tenants.length * rounds
    check(`${title}: ${wanted} transactions of ${tenants.length} tenants read their own rows, ` +
        `${wanted / 5} without a tenant got 42501`,
        seen.own === wanted && seen.without === wanted / 5, JSON.stringify(seen))
    await pool.end()
}

async function errorsOf(title, port) {
    const pool = openPool({ ...where(port, 'shop'), max: 2 })
    const add = (client) => client.query(
        'INSERT INTO shop.customers (tenant_id, name) VALUES ($1, $2)', [tenants[1], 'Eve'])
    const error = await inTenant(pool, tenants[0], add).catch((caught) => caught)
    check(`${title}: a row for another tenant is a DatabaseError, 42501, that names the table`,
        error instanceof DatabaseError && error.code === '42501' && /shop\.customers/.test(error.message),
        `${error} ${error.code}`)
    check(`${title}: the connection goes on`, await state(inTenant(pool, tenants[0], customers)) === 'ok')
    const nobody = await customers(pool).catch((caught) => caught)
    check(`${title}: no tenant is 42501 "no tenant is set"`,
        nobody.code === '42501' && /no tenant is set/.test(nobody.message), `${nobody}`)
    check(`${title}: an unknown tenant is 42704, with its query behind it`,
        await state(inTenant(pool, '00000000-0000-4000-8000-0000000000ff', customers)) === '42704')
    let finished = false
    const told = await state(inTenant(pool, '00000000-0000-4000-8000-0000000000ff', async (client) => {
        await customers(client).catch(() => {})
        await state(customers(client))
        finished = true
    }))
    check(`${title}: a refused tenant gives the connection back when all is done with it`, told === '42704' && finished)
    for (const way of ["SELECT set_config('app.current_tenant_id', $1, true)", null]) {
        const rows = await (way
            ? transaction(pool, way, tenants[2], customers)
            : transaction(pool, 'SELECT $1::text', '', async (client) => {
                client.query(`SET LOCAL app.current_tenant_id = ${client.escapeLiteral(tenants[2])}`)
                return customers(client)
            }))
        check(`${title}: ${way ? 'set_config' : 'SET LOCAL'}`,
            rows.length === 5 && rows[0].tenant_id === tenants[2], JSON.stringify(rows))
    }
    const client = await pool.connect()
    await beginInTenant(client, tenants[3])
    const rows = await customers(client)
    await client.query('COMMIT')
    check(`${title}: BEGIN and the tenant in one message`, rows.every((row) => row.tenant_id === tenants[3]))
    check(`${title}: a plain SET is refused`,
        await state(client.query(`SET app.current_tenant_id = '${tenants[0]}'`)) === '42501')
    client.release()
    await pool.end()
}

async function tokens(title, port) {
    const pool = openPool({ ...where(port, 'shop_signed'), max: 2 })
    const good = token(tenants[0])
    const rows = await withToken(pool, good, customers)
    check(`${title}: authenticate`, rows.length === 5 && rows[0].tenant_id === tenants[0])
    const bad = {
        expired: token(tenants[0], -100), forged: token(tenants[0], 600, 'f'.repeat(32)),
        changed: good.replace(/\..*\./, `.${token(tenants[1]).split('.')[1]}.`),
    }
    for (const [name, text] of Object.entries(bad))
        check(`${title}: a token that is ${name} is 28000`, await state(withToken(pool, text, customers)) === '28000')
    check(`${title}: set_tenant is 42501`, await state(inTenant(pool, tenants[0], customers)) === '42501')
    const client = await pool.connect()
    check(`${title}: a token in the text is 22023`,
        await state(client.query(`SELECT tenancy.authenticate(${client.escapeLiteral(good)})`)) === '22023')
    client.release()
    await pool.end()
}

// A name of the protocol's, prepared for one tenant and run for others.
async function prepared(title, port) {
    const pool = openPool({ ...where(port, 'shop_signed'), max: 3 })
    const named = async (client) =>
        (await client.query({ name: 'mine', text: 'SELECT tenant_id, name FROM shop.customers' })).rows
    const told = {}
    await Promise.all(tenants.map(async (tenant) => {
        for (let round = 0; round < 10; round++) {
            const what = round % 5 === 4
                ? await state(transaction(pool, 'SELECT $1::text', '', named))
                : await withToken(pool, token(tenant), named).then(
                    (rows) => rows.length === 5 && rows.every((row) => row.tenant_id === tenant) ? 'own' : 'other',
                    (error) => error.code)
            told[what] = (told[what] ?? 0) + 1
        }
    }))
    // A pooler that does not know prepared statements: the name is unknown there, or another client's.
    const wrong = title === 'direct' ? /^(?!own$|42501$)/ : /^(other|ok)$/
    check(`${title}: prepared statements do not cross tenants (${JSON.stringify(told)})`,
        told.own > 0 && told['42501'] > 0 && !Object.keys(told).some((what) => wrong.test(what)))
    await pool.end()
}

const control = net.connect(Number(env.SHOP_WIRE_CONTROL), '127.0.0.1')
const turns = (name) => new Promise((resolve) => {
    control.once('data', (data) => resolve(Number(data)))
    control.write(name + '\n')
})

async function roundTrips(title, wire, port) {
    const cases = [
        ['shop', 2, (pool) => inTenant(pool, tenants[0], customers), 'set_tenant and a query; COMMIT'],
        ['shop_signed', 2, (pool) => withToken(pool, token(tenants[0]), customers), 'authenticate and a query; COMMIT'],
    ]
    for (const [database, wanted, run, name] of cases) {
        const pool = openPool({ ...where(port, database), max: 1 })
        await pool.query('SELECT 1')
        const before = await turns(wire)
        await run(pool)
        const counted = await turns(wire) - before
        check(`${title}: ${wanted} round trips: ${name}`, counted === wanted, counted)
        await pool.end()
    }
    const client = new Client(where(port, 'shop'))
    await client.connect()
    const before = await turns(wire)
    await beginInTenant(client, tenants[0])
    await customers(client)
    await client.query('COMMIT')
    const counted = await turns(wire) - before
    check(`${title}: 3 round trips without pipeline: BEGIN and set_tenant; a query; COMMIT`, counted === 3, counted)
    await client.end()
}

async function main() {
    for (const [title, port, wire] of [
        ['direct', env.SHOP_DIRECT, env.SHOP_WIRE_DIRECT], ['pooled', env.SHOP_POOLED, env.SHOP_WIRE_POOLED]]) {
        await nothingIsCarriedOver(`${title}, setting`, port, 'shop', inTenant)
        await nothingIsCarriedOver(`${title}, token`, port, 'shop_signed',
            (pool, tenant, work) => withToken(pool, token(tenant), work))
        await errorsOf(title, port)
        await tokens(title, port)
        await prepared(title, port)
        await roundTrips(title, title, wire)
    }
    control.end()
}

main().catch((error) => {
    console.log(`FAIL node: stopped: ${error.stack}`)
    process.exit(1)
})
