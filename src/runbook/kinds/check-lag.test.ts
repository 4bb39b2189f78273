import { expect, it } from 'vitest'
import { mirror, target } from '../../../test/support/links.ts'
import { siteFor, stepOf } from '../../../test/support/runbook-site.ts'
import { embeddedEngine } from '../../engines/embedded/embedded-engine.ts'
import type { MirrorView } from '../../engines/engine.ts'
import type { Observation } from '../step.ts'

const { signal } = new AbortController()
const active = { state: 'ACTIVE' } as const

async function look(...mirrors: readonly MirrorView[]): Promise<Observation> {
  const view = { link: target.link, state: 'ACTIVE', runner: undefined, isSourceReachable: true, mirrors, unmirrored: [] } as const // prettier-ignore
  const engine = { ...embeddedEngine, observe: async () => await Promise.resolve(view) }
  return await stepOf('kind: check.lag, maxAge: 5s, maxRecords: 5', siteFor({ engine })).observe({ signal })
}

it('mirrors that have all are within', async () => {
  expect(await look(mirror('orders', active, [[9n, 9n]]))).toEqual({ kind: 'done', what: '0 records behind, the oldest 0 ms' }) // prettier-ignore
})

it('one that is over its limit decides, and what is not known of another is named beside it', async () => {
  const unknown = mirror('audit', active, [[undefined, 3n], [9n, 0n]]) // prettier-ignore
  expect(await look(unknown)).toEqual({ kind: 'blocked', why: '9 records behind, 5 are allowed; not known: mirror "audit" partition 0 is UNKNOWN' }) // prettier-ignore
  const late = mirror('orders', active, [[9n, 0n]])
  expect(await look(unknown, late)).toMatchObject({ kind: 'blocked', why: expect.stringMatching(/^18 records behind, .*"audit"/) as string }) // prettier-ignore
})

it('what is not known is not within', async () => {
  expect(await look(mirror('audit', active, [[undefined, 3n]]))).toMatchObject({ kind: 'unknown' })
})
