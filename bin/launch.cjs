'use strict'
// Runs dist/bin.js. Only a source checkout without dist is built first (build.cjs); everything else is the fast path,
// and whatever is added to it is paid by every command.
const fs = require('node:fs')
const module_ = require('node:module')
const path = require('node:path')
const { pathToFileURL } = require('node:url')

const root = path.dirname(__dirname)
const entry = path.join(root, 'dist', 'bin.js')

module_.enableCompileCache?.() // Node 22.1 and newer

const built = fs.statSync(entry, { throwIfNoEntry: false })
if (built !== undefined) {
  // Not for `georep --help` alone: looking takes longer than printing it.
  const isCommand = process.argv.slice(2).some((word) => !word.startsWith('-'))
  if (isCommand && isCheckout() && isOlder(built.mtimeMs, path.join(root, 'src'))) {
    process.stderr.write('warning: dist is older than src; npm run build brings it up to date\n')
  }
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
  import(pathToFileURL(entry).href).catch((error) => {
    process.stderr.write(`error GR-INSTALL: georep cannot be loaded\n${error.stack}\n  next: npm ci && npm run build\n`)
    process.exitCode = 1
  })
}

function isCheckout() {
  return fs.existsSync(path.join(root, '.git')) && fs.existsSync(path.join(root, 'src'))
}

/** Whether some source file is newer than `builtMs`. Tests are not built, so they do not count. */
function isOlder(builtMs, folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).some((each) => {
    const file = folder + path.sep + each.name // path.join would take as long as all else here
    if (each.isDirectory()) return isOlder(builtMs, file)
    return each.name.endsWith('.ts') && !each.name.endsWith('.test.ts') && fs.statSync(file).mtimeMs > builtMs
  })
}
