// SPDX-License-Identifier: Apache-2.0
// The root index loader, with right and with damaged indexes.
#include "components/linux/fs/root_index.hpp"

#include <cstdio>
#include <random>

#include "tests/unit/linux_fs/fake.hpp"
#include "tests/unit/linux_fs/index_builder.hpp"
#include "tests/unit/linux_fs/tests.hpp"

using namespace tessera::lx;
using fake::check;

namespace {

bool loads(std::span<const std::byte> index) {
  Ref<TmpDirectory> root = make_tmpfs("tmpfs", 0755);
  return load_root_index(*root, index).has_value();
}

}  // namespace

void root_index_tests() {
  IndexBuilder builder;
  auto directory = builder.directory(0, "dir");
  auto file = builder.file(directory, "file", "contents");
  builder.hard_link(0, "again", file);
  builder.symlink(directory, "link", "file");
  for (int i = 0; i < 20; ++i) builder.file(0, "f" + std::to_string(i), std::string(5000, 'x'));
  fake::world().root_data = builder.data();
  std::vector<std::byte> good = builder.index();
  check(loads(good));

  // Cut anywhere: refused, and nothing is read outside.
  for (std::size_t length = 0; length < good.size(); ++length)
    check(!loads(std::vector<std::byte>(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length))));

  IndexBuilder twice;
  twice.directory(0, "a");
  twice.directory(0, "a");
  check(!loads(twice.index()));
  IndexBuilder dots;
  dots.directory(0, "..");
  check(!loads(dots.index()));
  IndexBuilder under_file;
  under_file.directory(under_file.file(0, "f", "x"), "d");
  check(!loads(under_file.index()));
  IndexBuilder directory_link;
  directory_link.hard_link(0, "l", directory_link.directory(0, "d"));
  check(!loads(directory_link.index()));

  // Random damage: whatever it answers, it must not fault (ASan, UBSan).
  constexpr std::uint32_t kSeed = 4242;
  std::printf("root index: seed %u\n", kSeed);
  std::mt19937 random(kSeed);
  std::size_t accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> bad = good;
    for (std::uint32_t i = random() % 4 + 1; i != 0; --i)
      bad[random() % bad.size()] = static_cast<std::byte>(random() % 3 == 0 ? 0xff : random());
    accepted += loads(bad) ? 1 : 0;
  }
  std::printf("root index: %zu of 20000 damaged ones were still valid\n", accepted);
}
