#!/bin/sh
# Cuts the two faces of the site down to what its pages need, into static/faces: “make faces”.
# Newsreader 400 at the optical size of titles, and Figtree from 400 to 600; each in three files, of which a browser loads
# the second and third only for letters that stand in them. Both are under the SIL Open Font Licence, which lies beside them.
set -eu
into="$(pwd)/static/faces"
uv="$(pwd)/.venv/bin/uv"
cd "$(mktemp -d)"
npm install --silent --no-save @fontsource-variable/newsreader@5.3.0 @fontsource-variable/figtree@5.3.0
fonttools() { "$uv" tool run --quiet --from 'fonttools[woff]==4.68.0' "$@"; }
pin() { fonttools fonttools varLib.instancer -q "node_modules/@fontsource-variable/$1" "$2" ${3:+"$3"} -o "$4"; }
cut() { fonttools pyftsubset "$1" --unicodes="$2" --flavor=woff2 --no-hinting --layout-features=kern,tnum --output-file="$into/$3"; }
# As the @font-face rules of static/css/faces.css say.
usual="U+20-7E,U+A0,U+B7,U+D7,U+E9,U+2013,U+2018,U+2019,U+201C,U+201D,U+2026,U+2212"
latin="U+A1-B6,U+B8-D6,U+D8-E8,U+EA-FF,U+2014,U+2022"
extended="U+100-17F,U+1E00-1EFF"
for part in latin latin-ext; do
	pin "newsreader/files/newsreader-$part-opsz-normal.woff2" opsz=60 wght=400 "newsreader-$part.ttf"
	pin "figtree/files/figtree-$part-wght-normal.woff2" wght=400:600 "" "figtree-$part.ttf"
done
for face in newsreader figtree; do
	cut "$face-latin.ttf" "$usual" "$face.woff2"
	cut "$face-latin.ttf" "$latin" "$face-latin.woff2"
	cut "$face-latin-ext.ttf" "$extended" "$face-extended.woff2"
	cp "node_modules/@fontsource-variable/$face/LICENSE" "$into/$face-LICENCE.txt"
done
