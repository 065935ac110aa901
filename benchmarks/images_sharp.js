// The same three WebP files of each picture by sharp. Told by lines on stdin: `{"threads", "paths"}`; answers with
// the seconds and the bytes of each picture's files. Chained as in adapters/images.py: each size from the one before,
// by the same filter.
const { createInterface } = require("node:readline");
const { readFileSync } = require("node:fs");
const sharp = require("sharp");

const settings = JSON.parse(process.argv[2]);
sharp.cache(false);
sharp.concurrency(1); // a picture's pipeline is one thread; several pictures go side by side

const inside = (picture, [width, height]) =>
  picture
    .resize(width, height, { fit: "inside", withoutEnlargement: true, kernel: "cubic" })
    .raw()
    .toBuffer({ resolveWithObject: true });
const ofPixels = ({ data, info: { width, height, channels } }) => sharp(data, { raw: { width, height, channels } });

async function render(data) {
  let picture = sharp(data).rotate();
  const sizes = [];
  for (const box of settings.boxes) {
    const pixels = await inside(picture, box);
    picture = ofPixels(pixels);
    sizes.push((await picture.clone().webp({ quality: settings.quality, effort: settings.method }).toBuffer()).length);
  }
  return sizes;
}

createInterface({ input: process.stdin }).on("line", async (line) => {
  const { threads, paths } = JSON.parse(line);
  const pictures = paths.map((path) => readFileSync(path));
  const sizes = [];
  let next = 0;
  const begin = process.hrtime.bigint();
  const used = process.cpuUsage();
  await Promise.all(
    Array.from({ length: threads }, async () => {
      for (let mine = next++; mine < pictures.length; mine = next++) sizes[mine] = await render(pictures[mine]);
    }),
  );
  const { user, system } = process.cpuUsage(used);
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  console.log(JSON.stringify({ seconds, processor: (user + system) / 1e6, sizes }));
});
