import { anySignal } from '../core/time.ts'
import { actOn, LinkSession, refuseRunner, type Act, type SessionOptions } from './session.ts'
import type { LinkState } from './state.ts'

/** The right to act on a link, for as long as one act lasts. */
export interface Acting extends AsyncDisposable {
  readonly session: LinkSession
}

/**
 * The session of an act: the one that whoever ordered it holds already, which stays theirs when the act ends, or one that is claimed for it and given
 * back. The state is read to its end either way, so that what the act decides on is what holds.
 *
 * @throws GeorepError "conflict" as `LinkSession.claim`, or when the session that is held was taken over
 */
export async function actingOn(
  state: LinkState,
  link: string,
  by: Act,
  options: Pick<SessionOptions, 'supersedesRunner'> & { readonly signal: AbortSignal },
): Promise<Acting> {
  const { signal, ...more } = options
  const { session: held } = by
  if (held === undefined) {
    const session = await LinkSession.claim(state, { ...actOn(link, by), ...more }, { signal })
    return { session, [Symbol.asyncDispose]: async () => { await session[Symbol.asyncDispose]() } } // prettier-ignore
  }
  if (held.state !== state) throw new TypeError(`the session that is held on link "${link}" reads another state`)
  await held.write(new Map(), { signal })
  if (more.supersedesRunner === true) await refuseRunner(state, link, { signal })
  await state.refresh({ signal, link })
  return { session: held, [Symbol.asyncDispose]: async () => { await Promise.resolve() } } // prettier-ignore
}

/** The right to act on a link, kept for as long as the act takes. */
export interface ActingLong extends Acting {
  /** Aborted as that of whoever ordered it, and when the lock is lost. */
  readonly signal: AbortSignal
}

/** As `actingOn`, of an act that may take longer than a lock lasts: it is renewed until the act ends. */
export async function actingLongOn(...[state, link, by, options]: Parameters<typeof actingOn>): Promise<ActingLong> {
  const acting = await actingOn(state, link, by, options)
  acting.session.keepRenewed()
  return { ...acting, signal: anySignal(options.signal, acting.session.signal) }
}
