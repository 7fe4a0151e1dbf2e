// SPDX-License-Identifier: Apache-2.0
// Images that mkfs.ext4 made from a tree read back equal to the tree.
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "components/fs/ext4/ext4.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/fs/tools.hpp"

using namespace tessera;
using namespace tessera::fs;
using test::ImageDevice;
using test::HostLoop;
using test::run;

namespace {

struct Names final : DirectorySink {
  std::vector<std::pair<std::string, DirectoryEntry>> taken;
  std::size_t most = 7;
  bool add(const DirectoryEntry& entry) override {
    if (taken.size() == most) return false;
    taken.emplace_back(entry.name, entry);
    return true;
  }
};

void compare_file(HostLoop& loop, FileSystem& files, InodeNumber inode, const std::string& path) {
  const std::vector<std::byte> expected = test::read_file(path);
  std::vector<std::byte> room(expected.size() + 8192);
  for (const std::size_t step : {std::size_t{512}, std::size_t{65536 + 1024}, room.size() / 512 * 512}) {
    if (step == 512 && expected.size() > 100'000) continue;
    std::ranges::fill(room, std::byte{0xaa});
    for (std::size_t at = 0; at < expected.size() + 512; at += step) {
      const std::size_t bytes = std::min(step, (room.size() - at) / 512 * 512);
      const std::size_t half = bytes / 1024 * 512;
      const std::array pieces{std::span(room).subspan(at, half), std::span(room).subspan(at + half, bytes - half)};
      const auto count = run(loop, files.read(inode, at, pieces));
      CHECK(count.has_value());
      if (!count) return;
      CHECK_EQ(*count, at >= expected.size() ? 0 : std::min(bytes, expected.size() - at));
    }
    CHECK(std::ranges::equal(expected, std::span(room).first(expected.size())));
    CHECK(std::ranges::all_of(std::span(room).subspan(expected.size(), 512), [](std::byte byte) { return byte == std::byte{0}; }));
  }
}

void compare_tree(HostLoop& loop, FileSystem& files, InodeNumber directory, const std::string& path) {
  std::set<std::string> expected, seen;
  for (const auto& entry : std::filesystem::directory_iterator(path)) expected.insert(entry.path().filename().string());
  for (std::uint64_t position = 0;;) {
    Names names;
    const auto next = run(loop, files.read_directory(directory, position, names));
    CHECK(next.has_value());
    if (!next || names.taken.empty()) break;
    CHECK(names.taken.back().second.next_position <= *next);
    for (const auto& [name, entry] : names.taken) {
      if (name != "lost+found") CHECK(seen.insert(name).second);
      struct stat wanted{};
      if (name == "lost+found" || lstat((path + "/" + name).c_str(), &wanted) != 0) continue;
      const auto found = run(loop, files.lookup(directory, name));
      CHECK(found.has_value());
      if (!found) continue;
      CHECK_EQ(found->inode, entry.inode);
      CHECK(entry.type == 0 || entry.type == (found->mode & 0xf000));
      CHECK_EQ(found->mode, wanted.st_mode);
      // mke2fs writes 32 bits of it.
      CHECK_EQ(static_cast<std::int32_t>(found->modified.seconds), static_cast<std::int32_t>(wanted.st_mtim.tv_sec));
      if (S_ISREG(wanted.st_mode) || S_ISLNK(wanted.st_mode)) CHECK_EQ(found->size, wanted.st_size);
      if (S_ISREG(wanted.st_mode)) CHECK_EQ(found->links, wanted.st_nlink);
      if (S_ISREG(wanted.st_mode)) compare_file(loop, files, found->inode, path + "/" + name);
      if (S_ISDIR(wanted.st_mode)) compare_tree(loop, files, found->inode, path + "/" + name);
      if (S_ISLNK(wanted.st_mode)) {
        std::vector<std::byte> target(4096);
        const auto count = run(loop, files.read_link(found->inode, target));
        CHECK(count.has_value());
        const std::string text = std::filesystem::read_symlink(path + "/" + name).string();
        if (count) CHECK(text == std::string_view(reinterpret_cast<const char*>(target.data()), *count));
      }
    }
    position = *next;
  }
  CHECK(expected == seen);
  CHECK(run(loop, files.lookup(directory, "no such name")) == std::unexpected(Error::not_found));
}

void read_back(const std::string& options, bool indexed = false) {
  static const std::string tree = test::make_tree("tree");
  HostLoop loop;
  std::vector<std::byte> image = test::make_image(options, 32768, tree);
  if (indexed) {
    // mkfs.ext4 makes no indexes, e2fsck does.
    test::write_file(test::scratch() + "/indexed.img", image);
    CHECK(test::shell("e2fsck -fyD " + test::scratch() + "/indexed.img").output.contains("Optimizing directories"));
    image = test::read_file(test::scratch() + "/indexed.img");
  }
  ImageDevice device(loop, std::move(image));
  const std::vector<std::byte> before = device.image();
  auto mounted = run(loop, ext4::mount(device, {.read_only = true, .clear_orphans = true}));
  CHECK(mounted.has_value());
  if (!mounted) return test::note_failure(__FILE__, __LINE__, options + ": " + std::string(mounted.error().reason));
  compare_tree(loop, **mounted, (*mounted)->root(), tree);
  CHECK(run(loop, (*mounted)->unmount()).has_value());
  CHECK(before == device.image());
}

}  // namespace

TEST(default_images_read_back) { read_back(""); }
TEST(images_with_blocks_of_4_kib_read_back) { read_back("-b 4096"); }
TEST(images_with_blocks_of_2_kib_and_small_inodes_read_back) { read_back("-b 2048 -I 128"); }
TEST(images_without_checksums_read_back) { read_back("-b 1024 -O ^metadata_csum,^64bit,uninit_bg"); }
TEST(images_without_extents_read_back) { read_back("-b 1024 -O ^extent,^64bit,^metadata_csum"); }
TEST(images_without_indexes_read_back) { read_back("-b 1024 -O ^dir_index,^filetype"); }
TEST(images_with_meta_groups_read_back) { read_back("-b 1024 -O meta_bg,^resize_inode"); }
TEST(images_with_data_in_inodes_read_back) { read_back("-b 4096 -O inline_data"); }
TEST(images_with_all_that_is_new_read_back) { read_back("-b 4096 -O orphan_file,metadata_csum_seed,large_dir,sparse_super2 -E hash_seed=01020304-0506-0708-0910-111213141516"); }

TEST(indexed_directories_read_back) { read_back("-b 1024", true); }
TEST(directories_indexed_by_tea_read_back) { read_back("-b 4096 -E hash_seed=01020304-0506-0708-0910-111213141516 -O metadata_csum_seed", true); }

TEST(probe_finds_label_and_uuid) {
  HostLoop loop;
  ImageDevice device(loop, test::make_image("-L tessera -U 00112233-4455-6677-8899-aabbccddeeff", 4096));
  const auto identity = run(loop, ext4::probe(device));
  CHECK(identity.has_value());
  CHECK(std::string_view(identity->label.data()) == "tessera");
  CHECK_EQ(static_cast<unsigned>(identity->uuid[15]), 0xffu);
  ImageDevice nothing(loop, std::vector<std::byte>(1 << 20));
  CHECK(run(loop, ext4::probe(nothing)) == std::unexpected(Error::invalid));
}
