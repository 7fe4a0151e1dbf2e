#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# fetch-source.sh PACKAGE FOLDER: unpacks Debian's source of PACKAGE to FOLDER, its
# packaging as FOLDER/debian, without applying patches. It is fetched once, by apt, from
# where this machine's apt gets Debian's binary packages, into PACKAGE_CACHE/sources.
# Nothing of this machine's apt is changed. Status 77 when there is no source to be had.
set -euo pipefail
package=$1 folder=$2
sources=$PACKAGE_CACHE/sources/$package

fetch() {
  local apt=$PACKAGE_CACHE/sources/apt new=$sources.new file
  rm -rf "$apt/parts" "$new"
  mkdir -p "$apt/parts" "$apt/lists/partial" "$apt/cache/archives/partial" "$new"
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
    case $file in
      *.sources) grep -qs '^URIs:.*/debian' "$file" && sed 's/^Types:.*/Types: deb-src/' "$file" >"$apt/parts/${file##*/}" ;;
      *.list) { grep -s '^deb .*/debian' "$file" || true; } | sed 's/^deb /deb-src /' >"$apt/parts/${file##*/}" ;;
    esac
  done
  local options=(-q -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$apt/parts" -o "Dir::State::lists=$apt/lists"
    -o "Dir::Cache=$apt/cache" -o Debug::NoLocking=1 -o APT::Sandbox::User=root)
  apt-get "${options[@]}" update &&
    (cd "$new" && apt-get "${options[@]}" --download-only source "$package") &&
    rm -rf "$sources" && mv "$new" "$sources"
}

if [[ ! -d $sources ]] && ! fetch >&2; then
  echo "the source of the Debian package $package cannot be fetched" >&2
  exit 77
fi
mkdir -p "$folder"
tar -C "$folder" --strip-components=1 -xf "$sources/$package"_*.orig.tar.*
tar -C "$folder" -xf "$sources/$package"_*.debian.tar.*
