import { describe, expect, it } from 'vitest'
import { failoverPlan, healthy, mirror, secondsAgo, sourceDead, target } from '../../../test/support/links.ts'
import type { MirrorRecord } from '../../links/records.ts'
import type { LinkState } from '../../links/state.ts'
import type { MirrorFailoverOptions } from './failover-options.ts'
import { failoverCommand, failoverRefusals, goOnCommand, requireMirrors, toldLaterSteps } from './failover-checks.ts'

const options: MirrorFailoverOptions = {
  which: { kind: 'topics', topics: ['orders'] },
  link: 'east-west',
  confirm: undefined,
  dryRun: false,
  takeOver: false,
  wait: false,
  timeout: undefined,
  forceWhileSourceUp: false,
  maxLossRecords: undefined,
  unfenced: false,
  output: 'table',
  config: undefined,
  color: true,
}
const codes = (...args: Parameters<typeof failoverRefusals>): readonly string[] =>
  failoverRefusals(...args).map(({ code, kind }) => {
    expect(kind).toBe('refused')
    return code
  })
const lostAll = { ...sourceDead, mirrors: [mirror('orders', { state: 'ACTIVE' }, [[10n, 4n]], secondsAgo(5))] }
const stopping = { ...healthy, mirrors: [mirror('orders', { state: 'PENDING_STOPPED', by: 'failover' }, [[10n, 4n]])] }
const stopped = { ...healthy, mirrors: [mirror('orders', { state: 'STOPPED', stoppedBy: 'failover' }, [[10n, 4n]])] }

describe('failoverRefusals', () => {
  it('is none when the source is gone and the fence is permitted', () => {
    expect(codes(failoverPlan(lostAll), target, options)).toEqual([])
  })
  it('is none for what is stopped already', () => {
    const plan = failoverPlan(stopped, { fence: 'notPermitted' })
    expect(codes(plan, target, { ...options, maxLossRecords: 0n })).toEqual([])
  })
  it('a source that answers refuses, unless forced, or when it goes on with what was begun', () => {
    expect(codes(failoverPlan(healthy), target, options)).toEqual(['GR-SOURCE-UP'])
    expect(codes(failoverPlan(healthy), target, { ...options, forceWhileSourceUp: true })).toEqual([])
    expect(codes(failoverPlan(stopping), target, options)).toEqual([])
    const both = { ...healthy, mirrors: [...healthy.mirrors, ...stopping.mirrors] }
    expect(codes(failoverPlan(both), target, options)).toEqual(['GR-SOURCE-UP'])
  })
  it('one that does not let us in refuses too, unless forced: what it has more is not known', () => {
    const plan = failoverPlan(lostAll, {
      isSourceReachable: true,
      sourceRefusal: 'cluster "east" refused the credentials',
    })
    const [refusal, ...others] = failoverRefusals(plan, target, options)
    expect(others).toEqual([])
    expect(refusal).toMatchObject({ kind: 'refused', code: 'GR-SOURCE-UP', data: expect.stringMatching(/^at least 6 records not mirrored, by what was last known of it/) as string }) // prettier-ignore
    expect(refusal?.message).toContain('cluster "east" refused the credentials')
    expect(refusal?.next).toMatch(/\ngeorep mirror failover orders --link east-west --force-while-source-up$/)
    expect(codes(plan, target, { ...options, forceWhileSourceUp: true })).toEqual([])
    expect(codes(plan, target, { ...options, forceWhileSourceUp: true, maxLossRecords: 1_000n })).toEqual([
      'GR-LOSS-LIMIT',
    ])
  })
  it('a limit on the loss refuses what is above it, and what is not known', () => {
    const forced = { ...options, forceWhileSourceUp: true }
    const plan = failoverPlan(healthy)
    expect(plan.loss).toEqual({ kind: 'exact', records: 25n })
    expect(codes(plan, target, { ...forced, maxLossRecords: 25n })).toEqual([])
    expect(codes(plan, target, { ...forced, maxLossRecords: 24n })).toEqual(['GR-LOSS-LIMIT'])
    expect(codes(failoverPlan(lostAll), target, { ...options, maxLossRecords: 1_000n })).toEqual(['GR-LOSS-LIMIT'])
    expect(codes(failoverPlan(sourceDead), target, { ...options, maxLossRecords: 1_000n })).toEqual(['GR-LOSS-LIMIT'])
  })
  it('what would grant, or help, where it is not known that what carries the mirrors ends comes before what opens them all the same', () => {
    const fenceNext =
      'kafka-acls.sh … --transactional-id connect-georep.east-west.source- --resource-pattern-type prefixed'
    const plan = failoverPlan(lostAll, {
      fence: 'notPermitted',
      fenceWhy: 'needs Write on transactional id',
      fenceNext,
    })
    const [refusal, ...others] = failoverRefusals(plan, target, options)
    expect(others).toEqual([])
    expect(refusal).toMatchObject({ code: 'GR-STOP-UNKNOWN' })
    expect(refusal?.next?.split('\n')).toEqual([fenceNext, 'or see to it that no worker runs, and open the topics all the same:', 'georep mirror failover orders --link east-west --unfenced']) // prettier-ignore
  })
  it('a fence that is not permitted, or not known to be, refuses unless told that it must do without', () => {
    for (const fence of ['notPermitted', 'unknown'] as const) {
      const plan = failoverPlan(lostAll, { fence })
      expect(codes(plan, target, options)).toEqual(['GR-FENCE-NOT-PERMITTED'])
      expect(codes(plan, target, { ...options, unfenced: true })).toEqual([])
    }
  })
  it('names every reason at once', () => {
    const plan = failoverPlan(healthy, { fence: 'notPermitted' })
    const all = codes(plan, target, { ...options, maxLossRecords: 0n })
    expect(all).toEqual(['GR-SOURCE-UP', 'GR-LOSS-LIMIT', 'GR-FENCE-NOT-PERMITTED'])
  })
  it('prints the planned way, and the command for when it cannot wait', () => {
    const [refusal] = failoverRefusals(failoverPlan(healthy), target, { ...options, config: 'a.yaml' })
    expect(refusal?.next).toContain('stop the producers')
    expect(refusal?.next).toContain('\ngeorep --config a.yaml lag --link east-west\n')
    expect(refusal?.next).toMatch(
      /\ngeorep --config a\.yaml mirror failover orders --link east-west --force-while-source-up$/,
    )
  })
})

const stateWith = (...mirrors: readonly MirrorRecord[]): Pick<LinkState, 'mirrors'> => ({ mirrors: () => mirrors })

describe('requireMirrors', () => {
  it('refuses topics that the link does not mirror, naming all of them', () => {
    expect(() => {
      requireMirrors(failoverPlan(healthy, { missing: ['a', 'b'] }), stateWith(), options)
    }).toThrow(
      expect.objectContaining({
        kind: 'refused',
        code: 'GR-MIRROR-UNKNOWN',
        message: expect.stringContaining('"a", "b"') as string,
      }),
    )
  })
  it('names the mirror of a topic that is called otherwise on the source', () => {
    const { record } = mirror('orders', { state: 'ACTIVE' }, [[1n, 1n]])
    expect(() => {
      requireMirrors(
        failoverPlan(healthy, { missing: ['orders', 'b'] }),
        stateWith({ ...record, mirrorTopic: 'east.orders' }),
        options,
      )
    }).toThrow('link "east-west" does not mirror "orders" (did you mean "east.orders"?), "b"')
  })
  it('refuses a link without mirrors', () => {
    expect(() => {
      requireMirrors(failoverPlan({ ...healthy, mirrors: [] }), stateWith(), options)
    }).toThrow(expect.objectContaining({ code: 'GR-NO-MIRRORS' }))
  })
})

it('failoverCommand repeats what was asked for', () => {
  const asked = { ...options, which: { kind: 'all' } as const, maxLossRecords: 5n, unfenced: true, wait: true }
  expect(failoverCommand(asked)).toBe(
    'georep mirror failover --link east-west --all --max-loss-records 5 --unfenced --wait',
  )
})

it('a failover that is not done goes on with --wait where something is left that waiting may end, and else not', () => {
  const [applied, refused] = [{ kind: 'applied' }, { kind: 'refused', why: 'no topic' }] as const
  expect(goOnCommand([applied, refused, { kind: 'pending', why: 'no answer' }], options)).toContain(' --wait')
  expect(goOnCommand([applied, refused], options)).toBe('georep mirror list --link east-west')
})

it('a topic that would be taken for an option comes last', () => {
  const which = { kind: 'topics', topics: ['orders', '-dashed'] } as const
  expect(failoverCommand({ ...options, which, unfenced: true })).toBe(
    'georep mirror failover --link east-west --unfenced -- orders -dashed',
  )
})

it('what Kafka Connect could not be told is named once, with the command that tells it', () => {
  expect(toldLaterSteps([{}, {}], options)).toEqual([])
  const untold = { toldLater: ['mirror', 'resume', '--all'] }
  expect(toldLaterSteps([{}, untold, untold], { ...options, config: 'other.yaml' })).toEqual([
    expect.stringMatching(/^Kafka Connect could not be told, .*: georep --config other\.yaml mirror resume --all --link east-west$/), // prettier-ignore
  ])
})
