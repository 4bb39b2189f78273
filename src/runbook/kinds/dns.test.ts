import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { FakeResolver } from '../../../test/support/fake-resolver.ts'
import { siteFor, stepOf } from '../../../test/support/runbook-site.ts'

const signal = new AbortController().signal
const folder = mkdtempSync(join(tmpdir(), 'georep-dns-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const resolvers: FakeResolver[] = []
afterEach(() => {
  for (const one of resolvers.splice(0)) one.close()
})
async function resolver(...addresses: readonly string[]): Promise<FakeResolver> {
  const one = await FakeResolver.start(...addresses)
  resolvers.push(one)
  return one
}

describe('dns', () => {
  it('is done when the resolver answers with what is expected and nothing else', async () => {
    const fake = await resolver('192.0.2.1', '192.0.2.2')
    const step = (expected: string) => stepOf(`kind: dns, name: kafka.example, expect: [${expected}], resolver: "${fake.at}"`, siteFor()) // prettier-ignore
    expect(step('192.0.2.1').certainty).toBe('check')
    expect(await step('192.0.2.2, 192.0.2.1').observe({ signal })).toMatchObject({ kind: 'done', what: expect.stringContaining('192.0.2.1 (TTL 42 s)') as string }) // prettier-ignore
    expect(await step('192.0.2.1').observe({ signal })).toMatchObject({ kind: 'blocked' })
    expect(await step('192.0.2.1, 192.0.2.2, 192.0.2.3').observe({ signal })).toMatchObject({ kind: 'blocked' })
    fake.addresses = []
    expect(await step('192.0.2.1').observe({ signal })).toMatchObject({ kind: 'unknown', why: expect.stringContaining('could not be resolved') as string }) // prettier-ignore
  })

  it('switches by a command, once, and waits until the answer is another', async () => {
    const fake = await resolver('192.0.2.1')
    const told = join(folder, 'told')
    let waited = 0
    const wait = async (): Promise<void> => {
      if (++waited === 3) fake.addresses = ['192.0.2.9']
      await sleep(1)
    }
    const site = siteFor({ time: { now: () => new Date(), monotonic: () => 0, wait } })
    const step = stepOf(`kind: dns, name: kafka.example, expect: [192.0.2.9], resolver: "${fake.at}", switch: "echo $GEOREP_NAME $GEOREP_ADDRESSES >> ${told}"`, site) // prettier-ignore
    expect(step.certainty).toBe('once')
    expect(await step.observe({ signal })).toMatchObject({ kind: 'notDone', what: expect.stringContaining('TTL 42 s') as string }) // prettier-ignore
    const done = await step.apply({ signal })
    expect(done).toMatch(
      /^"kafka\.example" is 192\.0\.2\.9 \(TTL 42 s\); before: "kafka\.example" is 192\.0\.2\.1 \(TTL 42 s\)/,
    )
    expect({ waited, told: readFileSync(told, 'utf8') }).toEqual({ waited: 3, told: 'kafka.example 192.0.2.9\n' })
    expect(await step.observe({ signal })).toMatchObject({ kind: 'done' })
  })

  it('takes no name for a resolver: it would never answer', () => {
    const step = (at: string) => stepOf(`kind: dns, name: kafka.example, expect: [192.0.2.1], resolver: "${at}"`, siteFor()) // prettier-ignore
    expect(() => step('ns.example:53')).toThrow('expected an address of a resolver, or address:port')
    for (const at of ['192.0.2.53', '192.0.2.53:5353', '[2001:db8::1]:53']) expect(step(at).kind).toBe('dns')
  })

  it('ends when the command fails', async () => {
    const fake = await resolver('192.0.2.1')
    const step = stepOf(`kind: dns, name: kafka.example, expect: [192.0.2.9], resolver: "${fake.at}", switch: "exit 4"`, siteFor()) // prettier-ignore
    await expect(step.apply({ signal })).rejects.toMatchObject({ kind: 'failed', code: 'GR-DNS-SWITCH' })
  })
})
