# SPDX-License-Identifier: Apache-2.0
# What needs no nucleus: the program and the host's tests have it.
set(TESSERA_FS_SERVICE_SOURCES
  channel_device.cpp ext4_mounter.cpp fat_mounter.cpp gpt.cpp handle_contents.cpp handle_disk.cpp handle_names.cpp mbr.cpp mounters.cpp mounts.cpp partitions.cpp wire.cpp)
list(TRANSFORM TESSERA_FS_SERVICE_SOURCES PREPEND ${CMAKE_SOURCE_DIR}/components/fs/service/)
