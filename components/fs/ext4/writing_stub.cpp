// SPDX-License-Identifier: Apache-2.0
// Writing is not there yet: it says so.
#include "components/fs/ext4/instance.hpp"
#include "components/fs/ext4/orphans.hpp"
namespace tessera::fs::ext4 {
Io<> find_orphans(Volume&, bool) { co_return fail(Error::unsupported); }
Io<Attributes> Instance::change_attributes(InodeNumber, const AttributeChange&) { co_return fail(Error::read_only); }
Io<Attributes> Instance::create(InodeNumber, std::string_view, const NewInode&) { co_return fail(Error::read_only); }
Io<> Instance::link(InodeNumber, InodeNumber, std::string_view, Time) { co_return fail(Error::read_only); }
Io<Attributes> Instance::unlink(InodeNumber, std::string_view, bool, Time) { co_return fail(Error::read_only); }
Io<> Instance::rename(InodeNumber, std::string_view, InodeNumber, std::string_view, std::uint32_t, Time) { co_return fail(Error::read_only); }
Io<> Instance::write(InodeNumber, std::uint64_t, Pieces, std::uint64_t, Time) { co_return fail(Error::read_only); }
Io<> Instance::allocate(InodeNumber, std::uint32_t, std::uint64_t, std::uint64_t, Time) { co_return fail(Error::read_only); }
Io<> Instance::set_extended(InodeNumber, std::string_view, std::span<const std::byte>, std::uint32_t, Time) { co_return fail(Error::read_only); }
Io<> Instance::remove_extended(InodeNumber, std::string_view, Time) { co_return fail(Error::read_only); }
Io<> Instance::keep(InodeNumber) { co_return Result<void>(); }
Io<> Instance::let_go(InodeNumber) { co_return Result<void>(); }
Io<> Instance::sync(InodeNumber, bool) { co_return Result<void>(); }
}  // namespace tessera::fs::ext4
