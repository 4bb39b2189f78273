import type { Command } from 'commander'
import { clusterName, positiveInteger } from '../args.ts'
import { withDryRun, withExamples, withOutput } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { withSandboxName } from './options.ts'
import type { ClusterFault, SandboxFaultOptions } from './fault-run.ts'

const texts: Readonly<Record<ClusterFault, { readonly summary: string; readonly description: string }>> = {
  kill: {
    summary: 'kill a cluster, or one broker of it',
    description:
      'Ends brokers with SIGKILL: what a machine does that loses its power, but that connections to it are closed. "georep ' +
      'sandbox up" starts them again on their data.',
  },
  pause: {
    summary: 'freeze a cluster, or one broker of it',
    description:
      'Stops brokers with SIGSTOP: they hold their connections and answer nobody. "georep sandbox resume" continues them.',
  },
  resume: {
    summary: 'continue what was paused',
    description:
      'Continues brokers that were paused, with SIGCONT. Those that were killed are started by "georep sandbox up".',
  },
}

/** `kill`, `pause` and `resume`: one shape, three signals. */
export function addSandboxFaults(noun: Command, perform: Perform): void {
  for (const fault of ['kill', 'pause', 'resume'] as const) {
    const { summary, description } = texts[fault]
    const command = noun
      .command(fault)
      .summary(summary)
      .description(description)
      .argument('<cluster>', 'east or west', clusterName)
      .option('--broker <id>', 'only the broker of this node id', positiveInteger)
    withExamples(withOutput(withDryRun(withSandboxName(command))), [
      `georep sandbox ${fault} east`,
      `georep sandbox ${fault} east --broker 2`,
    ]).action(async (cluster: string, _flags: unknown, self: Command) => {
      await perform(async () => (await import('./fault-run.ts')).runSandboxFault, {
        ...self.optsWithGlobals<SandboxFaultOptions>(),
        fault,
        cluster,
      })
    })
  }
}
