// SPDX-License-Identifier: Apache-2.0
// Requests for inodes and for names in directories.
#include <string>

#include "components/fs/service/answer.hpp"
#include "components/fs/service/fs_server.hpp"

namespace tessera::fs {

FsServer::Done<wire::AttributesRequest> FsServer::handle(const wire::AttributesRequest& request, Asked asked) {
  const auto use = co_await files(asked);
  if (!use) co_return std::unexpected(use.error());
  const auto attributes = co_await use->files().attributes(request.inode);
  if (!attributes) co_return std::unexpected(attributes.error());
  co_return done_with<wire::AttributesRequest>(asked, to_wire(*attributes));
}

FsServer::Done<wire::ChangeAttributesRequest> FsServer::handle(const wire::ChangeAttributesRequest& request, Asked asked) {
  const auto change = from_wire(ring::load_struct<wire::AttributeChange>(asked.memory()));
  if (!change) co_return std::unexpected(Error::invalid);
  const auto use = co_await files(asked, true);
  if (!use) co_return std::unexpected(use.error());
  const auto attributes = co_await use->files().change_attributes(request.inode, *change);
  if (!attributes) co_return std::unexpected(attributes.error());
  co_return done_with<wire::ChangeAttributesRequest>(asked, to_wire(*attributes));
}

FsServer::Done<wire::KeepRequest> FsServer::handle(const wire::KeepRequest& request, Asked asked) {
  const auto use = co_await files(asked);
  if (!use) co_return std::unexpected(use.error());
  const auto kept = co_await use->files().keep(request.inode);
  if (kept) use->note_kept(request.inode);
  co_return done_or<wire::KeepRequest>(kept);
}

FsServer::Done<wire::LetGoRequest> FsServer::handle(const wire::LetGoRequest& request, Asked asked) {
  const auto use = co_await files(asked);
  if (!use) co_return std::unexpected(use.error());
  use->note_let_go(request.inode);
  co_return done_or<wire::LetGoRequest>(co_await use->files().let_go(request.inode));
}

FsServer::Done<wire::LookupRequest> FsServer::handle(const wire::LookupRequest& request, Asked asked) {
  const auto name = Name::read(asked.memory(), 0, request.name_bytes);
  if (!name) co_return std::unexpected(name.error());
  const auto use = co_await files(asked);
  if (!use) co_return std::unexpected(use.error());
  const auto attributes = co_await use->files().lookup(request.directory, name->text());
  if (!attributes) co_return std::unexpected(attributes.error());
  co_return done_with<wire::LookupRequest>(asked, to_wire(*attributes));
}

FsServer::Done<wire::CreateRequest> FsServer::handle(const wire::CreateRequest& request, Asked asked) {
  auto what = from_wire(ring::load_struct<wire::NewInode>(asked.memory()));
  const auto name = Name::read(asked.memory(), sizeof(wire::NewInode), request.name_bytes);
  if (!what) co_return std::unexpected(Error::invalid);
  if (!name) co_return std::unexpected(name.error());
  if (request.target_bytes > wire::kMostTarget) co_return std::unexpected(Error::name_too_long);
  const auto rest = asked.memory().subspan(sizeof(wire::NewInode) + request.name_bytes);
  if (request.target_bytes > rest.size()) co_return std::unexpected(Error::invalid);
  std::string target(request.target_bytes, '\0');
  ring::load_bytes(rest.first(target.size()), std::as_writable_bytes(std::span(target)));
  what->target = target;
  const auto use = co_await files(asked, true);
  if (!use) co_return std::unexpected(use.error());
  const auto attributes = co_await use->files().create(request.directory, name->text(), *what);
  if (!attributes) co_return std::unexpected(attributes.error());
  if (request.name_bytes == 0) use->note_kept(attributes->inode);
  co_return done_with<wire::CreateRequest>(asked, to_wire(*attributes));
}

FsServer::Done<wire::LinkRequest> FsServer::handle(const wire::LinkRequest& request, Asked asked) {
  const auto name = Name::read(asked.memory(), 0, request.name_bytes);
  if (!name) co_return std::unexpected(name.error());
  const auto use = co_await files(asked, true);
  if (!use) co_return std::unexpected(use.error());
  co_return done_or<wire::LinkRequest>(
      co_await use->files().link(request.inode, request.directory, name->text(), from_wire(request.seconds, request.nanoseconds)));
}

FsServer::Done<wire::UnlinkRequest> FsServer::handle(const wire::UnlinkRequest& request, Asked asked) {
  const auto name = Name::read(asked.memory(), 0, request.name_bytes);
  if (!name) co_return std::unexpected(name.error());
  if (request.is_directory > 1) co_return std::unexpected(Error::invalid);
  const auto use = co_await files(asked, true);
  if (!use) co_return std::unexpected(use.error());
  if (request.keep != 0) {
    if (const auto kept = co_await use->files().keep(request.keep); !kept) co_return std::unexpected(kept.error());
    use->note_kept(request.keep);
  }
  const auto attributes = co_await use->files().unlink(request.directory, name->text(), request.is_directory != 0,
                                                       from_wire(request.seconds, request.nanoseconds));
  if (!attributes && request.keep != 0) {
    // Without names it went with the last one before, by this request, and the client still has it.
    const auto left = co_await use->files().attributes(request.keep);
    if (left && left->links != 0) {
      use->note_let_go(request.keep);
      (void)co_await use->files().let_go(request.keep);
    }
  }
  if (!attributes) co_return std::unexpected(attributes.error());
  co_return done_with<wire::UnlinkRequest>(asked, to_wire(*attributes));
}

FsServer::Done<wire::RenameRequest> FsServer::handle(const wire::RenameRequest& request, Asked asked) {
  const auto name = Name::read(asked.memory(), 0, request.name_bytes);
  const auto to_name = Name::read(asked.memory(), request.name_bytes, request.to_name_bytes);
  if (!name) co_return std::unexpected(name.error());
  if (!to_name) co_return std::unexpected(to_name.error());
  if ((request.how & ~(wire::kRenameNoReplace | wire::kRenameExchange)) != 0) co_return std::unexpected(Error::invalid);
  const auto use = co_await files(asked, true);
  if (!use) co_return std::unexpected(use.error());
  co_return done_or<wire::RenameRequest>(co_await use->files().rename(request.from, name->text(), request.to, to_name->text(), request.how,
                                                                      from_wire(request.seconds, request.nanoseconds)));
}

FsServer::Done<wire::ReadDirectoryRequest> FsServer::handle(const wire::ReadDirectoryRequest& request, Asked asked) {
  const auto use = co_await files(asked);
  if (!use) co_return std::unexpected(use.error());
  EntryWriter writer(asked.memory());
  const auto position = co_await use->files().read_directory(request.directory, request.position, writer);
  if (!position) co_return std::unexpected(position.error());
  if (writer.too_small()) co_return std::unexpected(Error::buffer_too_small);
  co_return done<wire::ReadDirectoryRequest>(writer.bytes(), {.position = *position});
}

FsServer::Done<wire::ReadLinkRequest> FsServer::handle(const wire::ReadLinkRequest& request, Asked asked) {
  const auto use = co_await files(asked);
  if (!use) co_return std::unexpected(use.error());
  const auto bytes = co_await use->files().read_link(request.inode, asked.memory());
  if (!bytes) co_return std::unexpected(bytes.error());
  co_return done<wire::ReadLinkRequest>(*bytes);
}

}  // namespace tessera::fs
