// SPDX-License-Identifier: Apache-2.0
// A terminal as an open file.
#include "components/linux/fs/inode_file.hpp"
#include "components/linux/tty/terminal.hpp"

namespace tessera::lx {

TerminalFile::TerminalFile(Ref<Terminal> terminal, Ref<Inode> node, std::uint32_t flags)
    : File(flags), terminal_(std::move(terminal)), node_(std::move(node)) {
  ++terminal_->opens;
}

TerminalFile::~TerminalFile() {
  if (--terminal_->opens == 0) terminal_->last_close();
}

Result<std::size_t> TerminalFile::read(IoBuffer& to, std::uint64_t&) {
  auto done = terminal_->read(to, non_blocking());
  if (done && *done != 0) node_->attributes.accessed = current_time();
  return done;
}

Result<std::size_t> TerminalFile::write(IoBuffer& from, std::uint64_t&) {
  auto done = terminal_->write(from, non_blocking());
  if (done && *done != 0) node_->attributes.modified = current_time();
  return done;
}

}  // namespace tessera::lx
