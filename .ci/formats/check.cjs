// Reads reports as those read them who are meant to, and compares with the JSON of the same run.
const assert = require('node:assert');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { issueCommand } = require('@actions/core/lib/command');
const { xml2js } = require('xml-js');
const { parseCheckstyle } = require('danger-plugin-lint-report/dist/parse/checkstyle_parser');

const [directory] = process.argv.slice(2);
const read = (name) => readFileSync(join(directory, name), 'utf8');
const { schema_version, diagnostics, summary } = JSON.parse(read('json'));
assert(diagnostics.length > 150, 'the fixtures have more findings');

// jsonl: the objects of the document, and a last one.
const lines = read('jsonl').trimEnd().split('\n').map((line) => JSON.parse(line));
assert.deepStrictEqual(lines.pop(), { schema_version, summary });
assert.deepStrictEqual(lines, diagnostics);

// github: what the toolkit would have written for what a runner reads from each line.
const unescape = (text) => text.replaceAll('%0D', '\r').replaceAll('%0A', '\n');
const unescapeData = (text) => unescape(text).replaceAll('%25', '%');
const unescapeProperty = (text) => unescape(text).replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%25', '%');
const commands = read('github').trimEnd().split('\n');
assert.strictEqual(commands.length, diagnostics.length);
commands.forEach((line, index) => {
  const [, command, properties, data] = /^::(error|warning|notice) (.*?)::(.*)$/.exec(line);
  const { severity, rule, range } = diagnostics[index];
  assert.strictEqual(command, severity === 'note' ? 'notice' : severity);
  const entries = properties.split(',').map((property) => /^([a-zA-Z]+)=(.*)$/.exec(property).slice(1));
  const values = Object.fromEntries(entries.map(([key, value]) => [key, unescapeProperty(value)]));
  assert.strictEqual(values.title, `ecs-lint: ${rule}`);
  assert.strictEqual(values.line, String(range.start.line));
  assert.strictEqual('col' in values, range.start.line === range.end.line);
  let written = '';
  const write = process.stdout.write;
  process.stdout.write = (text) => { written += text; return true; };
  issueCommand(command, values, unescapeData(data));
  process.stdout.write = write;
  assert.strictEqual(written, `${line}\n`);
});

// gitlab: types are checked elsewhere; names must be unique.
const issues = JSON.parse(read('gitlab'));
assert.strictEqual(issues.length, diagnostics.length);
assert.strictEqual(new Set(issues.map(({ fingerprint }) => fingerprint)).size, issues.length);
issues.forEach(({ location: { path, lines } }, index) => {
  assert.strictEqual(path, diagnostics[index].path);
  assert(lines.begin >= 1 && lines.end >= lines.begin);
});

// rdjson: the schema is checked elsewhere.
assert.strictEqual(JSON.parse(read('rdjson')).diagnostics.length, diagnostics.length);

// checkstyle, as a plugin for pull requests reads it.
const violations = parseCheckstyle(xml2js(read('checkstyle')), directory);
assert.strictEqual(violations.length, diagnostics.length);
violations.forEach(({ line, column, severity }, index) => {
  const { range, severity: expected } = diagnostics[index];
  assert.deepStrictEqual([line, column], [range.start.line, range.start.column]);
  assert.strictEqual(severity, expected === 'note' ? 'info' : expected);
});
console.log(`jsonl, github, gitlab, rdjson, checkstyle: ${diagnostics.length} findings each read again`);
