import { expect, it } from 'vitest'
import { embeddedEngine } from '../../src/engines/embedded/embedded-engine.ts'
import { act, TestLink } from './support/link.ts'
import { endsOf } from './support/log-content.ts'
import { createdTopic, eventually } from './support/observe.ts'
import { ownSandbox } from './support/sandbox.ts'
import { georep, startOn, Writer } from './support/switch.ts'
import { write } from './support/write.ts'

const signal = AbortSignal.timeout(120_000)

it('a source that dies in the midst: before the stop all is taken back, after it nothing is claimed', async () => {
  await using sandbox = await ownSandbox()
  const { east, west } = sandbox.clusters
  const topic = await createdTopic(east.bootstrap)
  await using link = await TestLink.create(sandbox.clusters)
  await link.mirror(topic)
  await link.run()
  const writer = await Writer.start(east.bootstrap, topic, 1)
  const draining = startOn(link, 'mirror', 'promote', topic, '--fence', 'none', '--timeout', '6s', '--confirm', topic)
  await draining.says('draining')
  await east.pause({ signal })
  expect(await draining.ended).toMatchObject({ code: 8, err: expect.stringContaining('error GR-PROMOTE-TIMED-OUT') as string }) // prettier-ignore
  expect(draining.err).toContain('the mirrors are ACTIVE, as before')
  await east.resume({ signal })
  await writer.stop()
  await write(east.bootstrap, topic, 5)
  await eventually('the mirror has caught up', async () => String(await endsOf(west.bootstrap, topic)) === String(await endsOf(east.bootstrap, topic))) // prettier-ignore
  await eventually('the runner reaches the source', async () => (await link.view(topic)).state.state === 'ACTIVE')

  const { target } = link
  const plan = await embeddedEngine.planPromote(target, [topic], 'none', { signal })
  let isStopped = false
  // Between the stop and the look at the source's ends.
  const source = new Proxy(target.source, {
    get: (cluster, name) => {
      const value: unknown = Reflect.get(cluster, name)
      if (typeof value !== 'function') return value
      return async (...args: unknown[]): Promise<unknown> => {
        if (isStopped && (await east.state()) === 'up') await east.kill({ signal })
        return await (value as (...given: unknown[]) => Promise<unknown>).apply(cluster, args)
      }
    },
  })
  const onProgress = (text: string): void => {
    isStopped ||= text === 'reading both ends again'
  }
  const by = { ...act('mirror promote'), sourceFence: { how: 'none' }, timeoutMs: 30_000, onProgress } as const
  const report = await embeddedEngine.promote({ ...target, source }, plan, by, { signal })
  expect(report.results).toMatchObject([
    { topic, outcome: { kind: 'unknown' }, sourceEnds: undefined, loss: { kind: 'unknown' } },
  ])
  expect((await link.view(topic)).state).toMatchObject({ state: 'STOPPED', stoppedBy: 'promote' })
  // Said again, and not claimed either.
  const again = await georep(link, 'mirror', 'promote', topic, '--fence', 'none', '--confirm', topic)
  expect(again.err).toContain('is not known')
  expect(again.err).not.toContain('no record is missing')
  await write(west.bootstrap, topic, 1)
})
