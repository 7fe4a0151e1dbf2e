// SPDX-License-Identifier: Apache-2.0
// ISO image by grub-mkimage, mtools and xorriso. grub-mkrescue does the same in
// one step, but puts the time of day into its output.
#include "tools/image/iso.hpp"

#include <chrono>
#include <filesystem>
#include <format>
#include <system_error>
#include <vector>

#include "tools/image/medium.hpp"
#include "tools/image/root.hpp"
#include "tools/support/file.hpp"
#include "tools/support/temporary.hpp"

namespace tessera::tools::image {
namespace {

constexpr std::string_view kGrub = "/usr/lib/grub/";

Result<void> check_grub() {
  for (const std::string_view platform : {"i386-pc", "x86_64-efi"}) {
    std::error_code error;
    if (!std::filesystem::exists(std::string(kGrub) + std::string(platform) + "/multiboot2.mod", error)) {
      return fail("GRUB for " + std::string(platform) + " is missing: run ./tessera build, which installs grub-pc-bin and grub-efi-amd64-bin");
    }
  }
  return {};
}

// A GRUB that has all it needs in itself: CONFIG and the modules.
Result<void> make_grub(const std::string& format, const std::string& config, const std::string& output) {
  const std::string platform = format.starts_with("i386-pc") ? "i386-pc" : format;
  std::vector<std::string> words{"grub-mkimage", "-O", format, "-d", std::string(kGrub) + platform,
                                 "-p", "/boot/grub", "-c", config, "-o", output};
  words.insert(words.end(), {"iso9660", "search_fs_file", "multiboot2", "part_msdos", "part_gpt", "boot", "serial", "terminal"});
  if (platform == "i386-pc") words.emplace_back("biosdisk");
  return run_quietly(std::move(words));
}

// A FAT file system with GRUB where UEFI firmware looks for it.
Result<void> make_efi_partition(const std::string& program, const std::string& output) {
  TRY(write_file(output, std::string(1440 * 1024, '\0')));
  TRY(run_quietly({"mformat", "-i", output, "-f", "1440", "-N", "54455353", "-v", "TESSERA", "::"}));
  TRY(run_quietly({"mmd", "-i", output, "::EFI", "::EFI/BOOT"}));
  TRY(date(program));
  return run_quietly({"mcopy", "-m", "-i", output, program, "::EFI/BOOT/BOOTX64.EFI"});
}

// Everything in TREE gets the same date.
Result<void> date_all(const std::string& tree) {
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator at(tree, error), end; !error && at != end; at.increment(error)) {
    TRY(date(at->path().string()));
  }
  if (error) return fail("cannot list " + tree + ": " + error.message());
  return date(tree);
}

std::string modification_date() {
  const std::chrono::sys_seconds time{std::chrono::seconds(source_date())};
  return std::format("{:%Y%m%d%H%M%S}00", time);
}

// What GRUB says is to be seen in the machine's log too.
std::string grub_commands(const IsoInputs& inputs) {
  return "serial --unit=0 --speed=115200\n"
         "terminal_output console serial\n"
         "search.file /boot/tessera.bundle root\n"
         "multiboot2 ($root)/boot/tessera.nucleus " + inputs.command_line + "\n"
         "module2 ($root)/boot/tessera.bundle bundle\n"
         "boot\n";
}

}  // namespace

Result<void> write_iso(const IsoInputs& inputs, const std::string& output) {
  TRY(check_grub());
  TRY(check_output(output));
  const TemporaryDirectory temporary = TRY(TemporaryDirectory::make());
  const std::string tree = temporary.path() + "/tree";
  const std::string grub = tree + "/boot/grub";
  const std::string efi = tree + "/EFI/BOOT";
  TRY(make_directories(grub));
  TRY(make_directories(efi));
  // GRUB refuses an image whose section table shows relocations, though the image applies them itself.
  TRY(run_quietly({"llvm-objcopy-22", "--strip-sections", inputs.nucleus, tree + "/boot/tessera.nucleus"}));
  TRY(copy_file(inputs.bundle, tree + "/boot/tessera.bundle"));
  const std::string config = temporary.path() + "/grub.cfg";
  TRY(write_file(config, grub_commands(inputs)));
  TRY(make_grub("i386-pc-eltorito", config, grub + "/bios.img"));
  TRY(make_grub("x86_64-efi", config, efi + "/BOOTX64.EFI"));
  TRY(make_efi_partition(efi + "/BOOTX64.EFI", grub + "/efi.img"));
  TRY(date_all(tree));
  return run_quietly({"xorriso", "-as", "mkisofs", "-quiet", "-o", output, "-V", "TESSERA", "-r", "-J",
                      "--modification-date=" + modification_date(),
                      "--grub2-mbr", std::string(kGrub) + "i386-pc/boot_hybrid.img",
                      "-partition_offset", "16", "--mbr-force-bootable",
                      "-b", "boot/grub/bios.img", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table",
                      "--grub2-boot-info",
                      "--efi-boot", "boot/grub/efi.img", "-efi-boot-part", "--efi-boot-image", tree});
}

}  // namespace tessera::tools::image
