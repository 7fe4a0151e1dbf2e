// SPDX-License-Identifier: Apache-2.0
// The fs protocol's requests (abi/protocols/fs.toml), done by the file systems that are mounted: decodes
// what lies in buffers, and checks all of it before anything is done.
#pragma once

#include "components/fs/service/mounts.hpp"
#include "components/fs/service/scratch.hpp"
#include "components/fs/service/wire.hpp"
#include "lib/service/server.hpp"

namespace tessera::fs {

class FsServer {
 public:
  template <typename R>
  using Done = rt::Task<service::Outcome<R>>;
  using Asked = service::Asked;

  explicit FsServer(Mounts& mounts) : mounts_(mounts) {}

  // The disk, or a part.
  Done<wire::DescribeRequest> handle(const wire::DescribeRequest& request, Asked asked);
  Done<wire::DeviceReadRequest> handle(const wire::DeviceReadRequest& request, Asked asked);
  Done<wire::DeviceWriteRequest> handle(const wire::DeviceWriteRequest& request, Asked asked);
  Done<wire::DeviceFlushRequest> handle(const wire::DeviceFlushRequest& request, Asked asked);
  // The file system.
  Done<wire::MountRequest> handle(const wire::MountRequest& request, Asked asked);
  Done<wire::UnmountRequest> handle(const wire::UnmountRequest& request, Asked asked);
  Done<wire::SpaceRequest> handle(const wire::SpaceRequest& request, Asked asked);
  Done<wire::SyncRequest> handle(const wire::SyncRequest& request, Asked asked);
  // Inodes.
  Done<wire::AttributesRequest> handle(const wire::AttributesRequest& request, Asked asked);
  Done<wire::ChangeAttributesRequest> handle(const wire::ChangeAttributesRequest& request, Asked asked);
  Done<wire::KeepRequest> handle(const wire::KeepRequest& request, Asked asked);
  Done<wire::LetGoRequest> handle(const wire::LetGoRequest& request, Asked asked);
  // Names.
  Done<wire::LookupRequest> handle(const wire::LookupRequest& request, Asked asked);
  Done<wire::CreateRequest> handle(const wire::CreateRequest& request, Asked asked);
  Done<wire::LinkRequest> handle(const wire::LinkRequest& request, Asked asked);
  Done<wire::UnlinkRequest> handle(const wire::UnlinkRequest& request, Asked asked);
  Done<wire::RenameRequest> handle(const wire::RenameRequest& request, Asked asked);
  Done<wire::ReadDirectoryRequest> handle(const wire::ReadDirectoryRequest& request, Asked asked);
  Done<wire::ReadLinkRequest> handle(const wire::ReadLinkRequest& request, Asked asked);
  // Contents.
  Done<wire::ReadRequest> handle(const wire::ReadRequest& request, Asked asked);
  Done<wire::WriteRequest> handle(const wire::WriteRequest& request, Asked asked);
  Done<wire::AllocateRequest> handle(const wire::AllocateRequest& request, Asked asked);
  Done<wire::SeekRequest> handle(const wire::SeekRequest& request, Asked asked);
  // Extended attributes.
  Done<wire::GetExtendedRequest> handle(const wire::GetExtendedRequest& request, Asked asked);
  Done<wire::ListExtendedRequest> handle(const wire::ListExtendedRequest& request, Asked asked);
  Done<wire::SetExtendedRequest> handle(const wire::SetExtendedRequest& request, Asked asked);
  Done<wire::RemoveExtendedRequest> handle(const wire::RemoveExtendedRequest& request, Asked asked);

 private:
  // The file system that the request is for. `writes`: it changes something, which who mounted to read may not.
  Io<Mounts::Use> files(const Asked& asked, bool writes = false, bool beginning = false);

  Mounts& mounts_;
  Scratch scratch_;
};

}  // namespace tessera::fs
