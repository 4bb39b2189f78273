'use strict'
// Runs dist/bin.js. Only a source checkout without dist is built first (build.cjs); everything else is the fast path,
// and whatever is added to it is paid by every command.
const fs = require('node:fs')
const module_ = require('node:module')
const path = require('node:path')

const root = path.dirname(__dirname)
const entry = path.join(root, 'dist', 'bin.js')

const built = fs.statSync(entry, { throwIfNoEntry: false })
if (built !== undefined) {
  // Not for `georep --help` alone: looking takes longer than printing it.
  const isCommand = process.argv.slice(2).some((word) => !word.startsWith('-'))
  if (isCommand && isCheckout()) tellIfOlder(built.mtimeMs)
  run()
} else if (fs.existsSync(path.join(root, 'src')) && fs.existsSync(path.join(root, path.join('build', 'bundle.mjs')))) {
  require('./build.cjs')
    .buildOnce(root, entry)
    .then(
      (code) => {
        if (code === 0) run()
        else process.exitCode = code
      },
      (error) => {
        process.stderr.write(`error GR-BUILD: ${error.message}\n  next: npm ci && npm run build\n`)
        process.exitCode = 1
      },
    )
} else {
  process.stderr.write(
    `error GR-INSTALL: ${entry} is missing, and there is no source to build it from\n  next: install georep again\n`,
  )
  process.exitCode = 1
}

function run() {
  try {
    // Node 22.1 and newer keep what they have compiled.
    if (module_.enableCompileCache === undefined) require('./load.cjs').load(entry)
    else {
      module_.enableCompileCache()
      require(entry)
    }
  } catch (error) {
    process.stderr.write(`error GR-INSTALL: georep cannot be loaded\n${error.stack}\n  next: npm ci && npm run build\n`)
    process.exitCode = 1
  }
}

function isCheckout() {
  return fs.existsSync(path.join(root, '.git')) && fs.existsSync(path.join(root, 'src'))
}

/** Looked at while the command waits for a cluster, or when it has ended; said below all that it has printed. */
function tellIfOlder(builtMs) {
  let isFound
  const look = () => {
    try {
      isFound ??= isOlder(builtMs, path.join(root, 'src'))
    } catch {
      isFound = false // the source is on its way elsewhere: a checkout of another branch
    }
  }
  setTimeout(look, 400).unref()
  process.once('exit', () => {
    look()
    if (isFound) process.stderr.write('warning: dist is older than src; npm run build brings it up to date\n')
  })
}

/** Whether some source file is newer than `builtMs`. Tests are not built, so they do not count. */
function isOlder(builtMs, folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).some((each) => {
    const file = folder + path.sep + each.name // path.join would take as long as all else here
    if (each.isDirectory()) return isOlder(builtMs, file)
    return each.name.endsWith('.ts') && !each.name.endsWith('.test.ts') && fs.statSync(file).mtimeMs > builtMs
  })
}
