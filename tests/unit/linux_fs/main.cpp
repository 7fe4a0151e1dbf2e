// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "components/linux/fs/boot.hpp"
#include "tests/unit/linux_fs/fake.hpp"
#include "tests/unit/linux_fs/index_builder.hpp"
#include "tests/unit/linux_fs/tests.hpp"

namespace {

// The tree that the tests of system calls start from.
void boot() {
  IndexBuilder builder;
  auto bin = builder.directory(0, "bin");
  auto etc = builder.directory(0, "etc");
  auto shell = builder.file(bin, "busybox", std::string(10'000, 'B'), 0755);
  builder.hard_link(bin, "sh", shell);
  builder.symlink(bin, "ls", "busybox");
  builder.file(etc, "passwd", "root:x:0:0::/root:/bin/sh\n");
  builder.file(etc, "shadow", "secret\n", 0600);
  builder.directory(0, "tmp", 01777);
  fake::world().root_data = builder.data();
  fake::check(tessera::lx::load_root(builder.index()).has_value());
  fake::world().fs = tessera::lx::initial_fs_context();
  fake::world().files = tessera::lx::make_ref<tessera::lx::FileTable>();
}

}  // namespace

int main() {
  boot();
  random_tests();
  walk_tests();
  tmpfs_tests();
  tmpfs_model_tests();
  rename_tests();
  descriptor_tests();
  pipe_tests();
  poll_tests();
  locks_tests();
  terminal_tests();
  pty_tests();
  proc_tests();
  link_tests();
  root_index_tests();
  std::printf("%d failures\n", fake::failures());
  return fake::failures() == 0 ? 0 : 1;
}
