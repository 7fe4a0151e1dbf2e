# SPDX-License-Identifier: Apache-2.0
# Sources of ext4, relative to components/fs/ext4: plain enough for the host, too.
set(TESSERA_EXT4_SOURCES
  access_list.cpp
  attributes.cpp
  cache.cpp
  checksum.cpp
  directory.cpp
  extent_tree.cpp
  groups.cpp
  index.cpp
  indirect.cpp
  inline_data.cpp
  inode.cpp
  inode_lock.cpp
  journal.cpp
  listing.cpp
  mount.cpp
  name_hash.cpp
  operation.cpp
  reading.cpp
  replay.cpp
  seal.cpp
  superblock.cpp
  transaction.cpp
  volume.cpp
  writing_stub.cpp)
