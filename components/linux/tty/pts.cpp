// SPDX-License-Identifier: Apache-2.0
// devpts.
#include "components/linux/tty/pts.hpp"

#include <vector>

#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/tty/devices.hpp"

namespace tessera::lx {
namespace {

constexpr std::uint64_t kMagic = 0x1cd1, kMasterMajor = 5, kMasterMinor = 2;
constexpr std::size_t kMostPtys = 1024;
constexpr std::uint64_t kMasterInode = 2, kFirstInode = 3;

class PtsFileSystem final : public FileSystem {
 public:
  PtsFileSystem() : FileSystem("devpts", kMagic) {}
  [[nodiscard]] bool names_are_stable() const override { return false; }
  [[nodiscard]] std::string options() const override { return ",gid=5,mode=620,ptmxmode=666"; }
};

// A pair and its node, which outlives neither.
struct Slot {
  Ref<Pty> pty;
  Ref<Inode> node;
};
std::vector<Slot>& slots() {
  static auto* list = new std::vector<Slot>;
  return *list;
}

class SlaveNode final : public Inode {
 public:
  SlaveNode(FileSystem& file_system, Ref<Pty> pty) : Inode(file_system, kFirstInode + pty->number()), pty_(std::move(pty)) {
    constexpr std::uint32_t kTtyGroup = 5;
    attributes.mode = kCharDevice | 0620;
    attributes.uid = current_credentials().fsuid;
    attributes.gid = kTtyGroup;
    attributes.rdev = pty_->terminal()->device();
    attributes.accessed = attributes.modified = attributes.changed = current_time();
  }
  Result<Ref<File>> open(std::uint32_t flags) override {
    if (pty_->locked || !pty_->master_open()) return fail(Errno::eio);
    pty_->slave_opened();
    return open_terminal(pty_->terminal(), *this, flags);
  }

 private:
  Ref<Pty> pty_;
};

class RootDirectory final : public Inode {
 public:
  explicit RootDirectory(FileSystem& file_system) : Inode(file_system, 1) {
    attributes.mode = kDirectory | 0755;
    attributes.links = 2;
    attributes.accessed = attributes.modified = attributes.changed = current_time();
    master_ = make_ref<Inode>(file_system, kMasterInode);
    master_->attributes.mode = kCharDevice | 0666;
    master_->attributes.rdev = make_device(kMasterMajor, kMasterMinor);
    master_->attributes.accessed = master_->attributes.modified = master_->attributes.changed = current_time();
  }

  Result<Ref<Inode>> lookup(std::string_view name) override {
    if (name == "ptmx") return master_;
    for (const Slot& slot : slots())
      if (slot.pty && Text().right(slot.pty->number(), 0).view() == name) return slot.node;
    return fail(Errno::enoent);
  }
  Result<void> read_directory(std::uint64_t& position, DirectorySink& sink) override {
    for (std::uint64_t i = position - kFirstDirectoryPosition; i <= slots().size(); ++i) {
      std::uint64_t next = i + 1 + kFirstDirectoryPosition;
      if (i == 0) {
        if (!sink.add({"ptmx", kMasterInode, kCharDevice, next})) return {};
      } else if (const Slot& slot = slots()[i - 1]; slot.pty) {
        Text name;
        name << slot.pty->number();
        if (!sink.add({name.view(), slot.node->number(), kCharDevice, next})) return {};
      }
      position = next;
    }
    return {};
  }

 private:
  Ref<Inode> master_;
};

}  // namespace

Ref<Inode> pts_root() {
  static Ref<Inode>* root = [] {
    auto file_system = make_ref<PtsFileSystem>();
    return new Ref<Inode>(make_ref<RootDirectory>(*file_system));
  }();
  return *root;
}

Result<Ref<Pty>> add_pty() {
  std::size_t number = 0;
  while (number < slots().size() && slots()[number].pty) ++number;
  if (number >= kMostPtys) return fail(Errno::enospc);
  if (number == slots().size()) slots().emplace_back();
  Slot& slot = slots()[number];
  slot.pty = make_ref<Pty>(static_cast<std::uint32_t>(number));
  slot.node = make_ref<SlaveNode>(pts_root()->file_system(), slot.pty);
  return slot.pty;
}

void remove_pty(std::uint32_t number) { slots()[number] = Slot{}; }

Ref<Pty> find_pty(std::uint64_t number) { return number < slots().size() ? slots()[number].pty : Ref<Pty>(nullptr); }

}  // namespace tessera::lx
