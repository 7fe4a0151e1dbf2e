# SPDX-License-Identifier: Apache-2.0
# Sources of FAT, relative to components/fs/fat: plain enough for the host, too.
set(TESSERA_FAT_SOURCES
  boot_sector.cpp
  commit.cpp
  dates.cpp
  directory.cpp
  file_data.cpp
  mount.cpp
  names.cpp
  naming.cpp
  node.cpp
  nodes.cpp
  operation.cpp
  reading.cpp
  renaming.cpp
  sectors.cpp
  table.cpp
  unicode.cpp
  volume.cpp
  writing.cpp)
