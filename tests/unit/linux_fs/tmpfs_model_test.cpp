// SPDX-License-Identifier: Apache-2.0
// Random operations on one tmpfs file and directory, compared with a model made
// of standard containers. The seed is fixed and printed.
#include <cstdio>
#include <map>
#include <random>
#include <string>

#include "components/linux/fs/abi.hpp"
#include "tests/unit/linux_fs/calls.hpp"
#include "tests/unit/linux_fs/fake.hpp"
#include "tests/unit/linux_fs/tests.hpp"

using namespace tessera::lx;
using fake::call;
using fake::check;
using fake::equal;

namespace {

constexpr std::uint32_t kSeed = 20261121;

void contents(std::mt19937& random) {
  std::int64_t fd = call(sys_open, "/tmp/model", kOpenCreate | kOpenReadWrite, 0644);
  std::string model;
  auto below = [&](std::size_t most) { return static_cast<std::size_t>(random() % most); };
  for (int step = 0; step < 3000; ++step) {
    std::size_t offset = below(600'000), length = below(20'000) + 1;
    switch (random() % 5) {
      case 0:
      case 1: {
        std::string data(length, static_cast<char>('a' + below(26)));
        equal(call(sys_pwrite64, fd, data.data(), length, offset), static_cast<std::int64_t>(length));
        if (model.size() < offset + length) model.resize(offset + length, '\0');
        model.replace(offset, length, data);
        break;
      }
      case 2: {
        std::string data(length, '?');
        std::size_t expected = offset < model.size() ? std::min(length, model.size() - offset) : 0;
        equal(call(sys_pread64, fd, data.data(), length, offset), static_cast<std::int64_t>(expected));
        check(expected == 0 || data.compare(0, expected, model, offset, expected) == 0);
        break;
      }
      case 3:
        if (random() % 4 == 0) {
          equal(call(sys_ftruncate, fd, offset), 0);
          model.resize(offset, '\0');
        }
        break;
      default:
        equal(call(sys_fallocate, fd, 3, offset, length), 0);
        if (offset < model.size()) {
          std::size_t cut = std::min(length, model.size() - offset);
          model.replace(offset, cut, cut, '\0');
        }
    }
    abi::Stat stat{};
    call(sys_fstat, fd, &stat);
    equal(stat.size, static_cast<std::int64_t>(model.size()));
  }
  call(sys_close, fd);
  equal(call(sys_unlink, "/tmp/model"), 0);
}

void names(std::mt19937& random) {
  equal(call(sys_mkdir, "/tmp/names", 0755), 0);
  std::map<std::string, std::uint64_t> model;  // name, inode
  auto any = [&] { return "/tmp/names/n" + std::to_string(random() % 60); };
  auto inode = [](const std::string& path) -> std::uint64_t {
    abi::Stat stat{};
    return call(sys_lstat, path.c_str(), &stat) == 0 ? stat.inode : 0;
  };
  for (int step = 0; step < 5000; ++step) {
    std::string a = any(), b = any();
    switch (random() % 5) {
      case 0: {
        std::int64_t fd = call(sys_open, a.c_str(), kOpenCreate | kOpenExclusive, 0600);
        check((fd >= 0) == !model.contains(a));
        if (fd >= 0) {
          call(sys_close, fd);
          model[a] = inode(a);
        }
        break;
      }
      case 1: equal(call(sys_unlink, a.c_str()), model.erase(a) != 0 ? 0 : -2); break;
      case 2: {
        std::int64_t done = call(sys_rename, a.c_str(), b.c_str());
        equal(done, model.contains(a) ? 0 : -2);
        // Two names of one file: rename does nothing.
        if (done == 0 && a != b && model[a] != (model.contains(b) ? model[b] : 0)) {
          model[b] = model[a];
          model.erase(a);
        }
        break;
      }
      case 3: {
        std::int64_t expected = !model.contains(a) ? -2 : model.contains(b) ? -17 : 0;
        equal(call(sys_link, a.c_str(), b.c_str()), expected);
        if (expected == 0) model[b] = model[a];
        break;
      }
      default: {
        std::int64_t expected = model.contains(a) && model.contains(b) ? 0 : -2;
        equal(call(sys_renameat2, -100, a.c_str(), -100, b.c_str(), 2), expected);
        if (expected == 0) std::swap(model[a], model[b]);
      }
    }
    equal(static_cast<std::int64_t>(inode(a)), static_cast<std::int64_t>(model.contains(a) ? model[a] : 0));
  }
  for (const auto& [name, number] : model) equal(call(sys_unlink, name.c_str()), 0);
  equal(call(sys_rmdir, "/tmp/names"), 0);
}

}  // namespace

void tmpfs_model_tests() {
  std::printf("tmpfs model: seed %u\n", kSeed);
  std::mt19937 random(kSeed);
  std::size_t before = fake::frames_in_use();
  contents(random);
  names(random);
  equal(static_cast<std::int64_t>(fake::frames_in_use()), static_cast<std::int64_t>(before));
}
