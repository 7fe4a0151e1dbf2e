# SPDX-License-Identifier: Apache-2.0
# Code that runs on Tessera's machines: the nucleus and the components.
set(TESSERA_ARCH x86_64 CACHE STRING "target architecture")
set(TESSERA_TRIPLE ${TESSERA_ARCH}-unknown-none-elf)

execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-resource-dir
  OUTPUT_VARIABLE TESSERA_RESOURCE_DIR OUTPUT_STRIP_TRAILING_WHITESPACE)
get_filename_component(TESSERA_LLVM ${TESSERA_RESOURCE_DIR}/../../.. REALPATH)
set(TESSERA_LIBCXX ${TESSERA_LLVM}/include/c++/v1)
# The build machine's serve for all: nothing but names and types is used, and those are the same.
set(TESSERA_C_HEADERS /usr/include/${CMAKE_HOST_SYSTEM_PROCESSOR}-linux-musl)
foreach(needed ${TESSERA_LIBCXX}/expected ${TESSERA_C_HEADERS}/string.h)
  if(NOT EXISTS ${needed})
    message(FATAL_ERROR "${needed} is missing: run ./tessera build, which installs what the build needs")
  endif()
endforeach()

# Not -ffreestanding, which forbids the compiler to know what memcpy does: reading two bytes would be a call.
set(TESSERA_FREESTANDING
  --target=${TESSERA_TRIPLE} -std=c++23 -O2 -g -fno-exceptions -fno-rtti
  -fno-unwind-tables -fno-asynchronous-unwind-tables
  -fvisibility=hidden -ffunction-sections -fdata-sections
  -ftrivial-auto-var-init=zero -fno-omit-frame-pointer -momit-leaf-frame-pointer
  -D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_EXTENSIVE
  -nostdinc++ -nostdlibinc
  -isystem${CMAKE_SOURCE_DIR}/cmake/libcxx -isystem${TESSERA_LIBCXX}
  -isystem${TESSERA_C_HEADERS}
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -ffile-prefix-map=${CMAKE_BINARY_DIR}=build)
if(TESSERA_ARCH STREQUAL x86_64)
  list(APPEND TESSERA_FREESTANDING -mno-mmx -mno-sse -mno-sse2 -mno-red-zone -msoft-float)
else()
  # The last is what libc++ knows only as this: algorithms without vectors.
  list(APPEND TESSERA_FREESTANDING -mgeneral-regs-only -mno-outline-atomics -mbranch-protection=bti -D__ALTIVEC__)
  # Assembler says of itself that its indirect branches end at landing pads; a program with anything that does not is not linked.
  set(TESSERA_ASSEMBLER -mmark-bti-property)
  set(TESSERA_LINK_CHECKS -Wl,-z,bti-report=error)
endif()
# The linker is called through clang's Linux driver: the bare-metal one goes through gcc.
set(TESSERA_LINK --target=${TESSERA_ARCH}-unknown-linux-gnu -nostdlib -nodefaultlibs --ld-path=${TESSERA_LD} ${TESSERA_LINK_CHECKS}
  -Wl,--gc-sections -Wl,-z,noexecstack -Wl,--build-id=none -Wl,-z,max-page-size=4096)

# tessera_freestanding(TARGET): the flags of code that runs on the machine.
function(tessera_freestanding target)
  set_target_properties(${target} PROPERTIES CXX_STANDARD_REQUIRED OFF POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANGUAGE:CXX>:${TESSERA_FREESTANDING}> $<$<COMPILE_LANGUAGE:CXX>:${TESSERA_WARNINGS}>
    $<$<COMPILE_LANGUAGE:ASM>:--target=${TESSERA_TRIPLE};${TESSERA_ASSEMBLER}>)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR} ${TESSERA_GENERATED})
  add_dependencies(${target} abi_headers)
endfunction()

# Where the image of a component lies that has its domain's place N (docs/formats.md, "Domains").
set(TESSERA_IMAGE_BASES 0xffff800000100000 0xffff802000100000 0xffff804000100000 0xffff806000100000)

# tessera_component(NAME sources...): a component's executable, linked with lib/rt.
function(tessera_component name)
  add_executable(${name} ${ARGN})
  tessera_freestanding(${name})
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fPIE>)
  target_link_libraries(${name} PRIVATE rt)
  tessera_component_at(${name} 0)
endfunction()

function(tessera_component_at name place)
  list(GET TESSERA_IMAGE_BASES ${place} base)
  target_link_options(${name} PRIVATE ${TESSERA_LINK} -static -Wl,--image-base=${base} -Wl,--entry=_start -Wl,-z,separate-code)
  set_target_properties(${name} PROPERTIES SUFFIX .elf)
endfunction()

# tessera_placed_component(NAME): the same program once more for each of the other places in a domain, NAME-d1 and so on. Comes after
# what NAME is linked with.
function(tessera_placed_component name)
  get_target_property(libraries ${name} LINK_LIBRARIES)
  foreach(place 1 2 3)
    add_executable(${name}-d${place} $<TARGET_OBJECTS:${name}>)
    target_link_libraries(${name}-d${place} PRIVATE ${libraries})
    set_target_properties(${name}-d${place} PROPERTIES LINKER_LANGUAGE CXX)
    tessera_component_at(${name}-d${place} ${place})
  endforeach()
endfunction()

# tessera_drives(NAME device...): what this program is a driver of, as a manifest grants it (systems/README.md, "Grants"). The tool reads
# all of them from components/drivers.txt of the build tree: for `device = ["auto"]`, and for ./tessera devices.
function(tessera_drives name)
  foreach(device ${ARGN})
    set_property(GLOBAL APPEND_STRING PROPERTY TESSERA_DRIVES "${name}\t${device}\n")
  endforeach()
endfunction()
