// GraphQL Code Generator on the schema, and TypeScript on what it has generated.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { codegen } from '@graphql-codegen/core';
import * as typescript from '@graphql-codegen/typescript';
import * as operations from '@graphql-codegen/typescript-operations';
import { parse } from 'graphql';

const [schema, folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
copyFileSync('codegen-usage.ts', join(folder, 'usage.ts'));

const location = 'codegen-documents.graphql';
const scalars = { Date: 'string', DateTime: 'string', Decimal: 'string', JSON: 'unknown' };
const config = { scalars, strictScalars: true, useTypeImports: true };
for (const [name, plugin] of Object.entries({ schema: typescript, types: operations })) {
  const filename = join(folder, `${name}.ts`);
  const generated = await codegen({
    filename,
    schema: parse(readFileSync(schema, 'utf8')),
    documents: [{ location, document: parse(readFileSync(location, 'utf8')) }],
    config,
    plugins: [{ plugin: {} }],
    pluginMap: { plugin },
  });
  writeFileSync(filename, generated);
}

const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
const options = ['--noEmit', '--strict', '--skipLibCheck', '--allowImportingTsExtensions'];
const files = ['schema.ts', 'types.ts', 'usage.ts'].map((name) => join(folder, name));
execFileSync(process.execPath, [tsc, ...options, ...files], { stdio: ['ignore', 'inherit', 'inherit'] });
console.log(JSON.stringify(readFileSync(files[1], 'utf8').match(/^export type \w+/gm)));
