import type { Command } from 'commander'
import { withExamples, withOutput } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { withConnectShape, withSandboxName, withSandboxShape } from './options.ts'
import type { SandboxUpOptions } from './up-run.ts'

export function addSandboxUp(noun: Command, perform: Perform): void {
  const command = noun
    .command('up')
    .summary('start the two clusters, or what is down of them')
    .description(
      'Starts two Kafka clusters on free ports of 127.0.0.1, and writes a georep.yaml that names them beside the record of ' +
        'the sandbox; nothing is written into the working directory. They run until "georep sandbox down". Of a ' +
        'sandbox that is there already, what is down is started again on its data, and what is paused or cut goes on.\n\n' +
        'With --wan-latency or --wan-bandwidth, what goes between the regions goes through a proxy that stands for the WAN, ' +
        'by listeners of its own: the georep.yaml reaches "east" that way, as from the region of "west". Clients inside a ' +
        'region use the addresses that are printed.\n\n' +
        'With --connect, workers of Kafka Connect (distributed, with the connectors of MirrorMaker 2) run beside "west", and the ' +
        'georep.yaml says where they answer. Secrets of connectors may be references to files in the folder of the sandbox.',
    )
  withExamples(withOutput(withSandboxName(withConnectShape(withSandboxShape(command)))), [
    'georep sandbox up',
    'georep sandbox up --brokers 3 --wan-latency 80ms --wan-bandwidth 20MB/s',
    'georep sandbox up --connect --workers 2 --exactly-once',
    'georep sandbox up --name second -o json',
  ]).action(async (_flags: unknown, self: Command) => {
    await perform(async () => (await import('./up-run.ts')).runSandboxUp, self.optsWithGlobals<SandboxUpOptions>())
  })
}
