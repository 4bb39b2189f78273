import { messageOf } from '../../../core/errors.ts'
import { isTaken } from '../../../links/held.ts'
import { LinkSession, type SessionOptions } from '../../../links/session.ts'
import { isHeld, standBy } from '../../../links/standby.ts'
import type { Cancel, LinkTarget } from '../../engine.ts'
import { otherSource } from '../../reachable.ts'
import type { RunnerStanding, RunOptions } from '../../running.ts'
import { linkDeleted, runLink } from './runner.ts'

/** See `ReplicationEngine.run`. */
export async function run(target: LinkTarget, options: RunOptions, { signal }: Cancel): Promise<void> {
  const { state, source } = target
  const { name } = target.link
  // Another one in its place has topics of the same names, whose ids would have every mirror FAILED, and groups whose places are others.
  source.answersOnlyAs((clusterId) => otherSource(source, target.link, clusterId))
  const { actor, time, onEvent } = options
  let standing: () => RunnerStanding = () => ({ role: 'starting' })
  options.onStart(() => standing())
  const claim: SessionOptions = { link: name, kind: 'runner', act: 'link run', actor, time }

  const waitForTurn = async (): Promise<LinkSession> => {
    let lookedAtMs = time.monotonic()
    const events = {
      onHeld: (holder: { readonly user: string; readonly host: string; readonly pid: number }) => {
        standing = () => ({ role: 'standby', holder, lookedMsAgo: time.monotonic() - lookedAtMs })
        onEvent({ kind: 'standingBy', holder })
      },
      onLook: () => { lookedAtMs = time.monotonic() }, // prettier-ignore
      onTrouble: (what: string) => { onEvent({ kind: 'trouble', what }) }, // prettier-ignore
    }
    return await standBy(state, claim, { signal, events })
  }

  for (let round = 0; ; round++) {
    // What is wrong at the start is an error. Later it is a trouble that passes, or not: whoever stands by goes on doing so.
    await using session =
      round > 0
        ? await waitForTurn()
        : await LinkSession.claim(state, claim, { signal }).catch(async (error: unknown) => {
            if (!isHeld(error)) throw error
            return await waitForTurn()
          })
    standing = () => ({ role: 'starting' })
    // The record may have been changed, or deleted, since the link was opened.
    const link = state.link(name)
    if (link === undefined) throw linkDeleted(name)
    onEvent({ kind: 'leading' })
    try {
      const { destination, others = [] } = target
      const onStanding = (leader: () => RunnerStanding): void => { standing = leader } // prettier-ignore
      await runLink({ ...options, link, source, destination, others, session, onStanding }, { signal })
      return
    } catch (error) {
      // Another runner has the link: a matter between them, not an error.
      if (!isTaken(error)) throw error
      standing = () => ({ role: 'starting' })
      onEvent({ kind: 'replaced', why: messageOf(error) })
    }
  }
}
