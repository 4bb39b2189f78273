import { GeorepError } from '../../core/errors.ts'
import { isAborted } from '../../core/time.ts'
import { runLink } from '../../engines/embedded/runner.ts'
import { LinkSession } from '../../links/session.ts'
import { actorOf } from '../actor.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { openLink } from '../open.ts'
import { printable } from '../printable.ts'
import type { LinkRunOptions } from './run.ts'
import { runnerLog } from './runner-log.ts'

export async function runLinkRun(options: LinkRunOptions, context: Context): Promise<ExitCode> {
  const { io, signal, time, pid } = context
  await using opened = await openLink(context, options, options.name)
  const { link, state, source, destination } = opened.target
  const actor = actorOf(context)
  const claim = { link: link.name, kind: 'runner', act: 'link run', actor, time } as const
  await using session = await LinkSession.claim(state, claim, { signal })
  // Scripts wait for this line.
  io.err(`georep: link ${printable(link.name)} is running (pid ${pid})\n`)
  await runLink(
    {
      link,
      source,
      destination,
      session,
      owner: actor.owner,
      time,
      groupsEveryMs: options.groupsInterval,
      memoryBytes: options.memory,
      onEvent: runnerLog((line) => { io.err(`${printable(line)}\n`) }, time), // prettier-ignore
    },
    { signal },
  )
  // Being told to stop is how a runner ends well; being stopped by a bug is not.
  const reason: unknown = signal.reason
  if (isAborted(signal) && !(reason instanceof GeorepError && reason.kind === 'interrupted')) throw reason
  io.err(`georep: link ${printable(link.name)} has stopped\n`)
  return ExitCode.ok
}
