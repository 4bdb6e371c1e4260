//! The functions of the checks that rules name with `check = "..."`.
//!
//! The build creates one variant of [`Check`] for each name in the tables. So a name without a function here does not
//! compile, and neither does a function without a name in the tables.

use tranship_rules::{Check, Rule};

use super::warp::{self, found, width};
use super::{
    approximate, attributes, callbacks, contracts, extremum, fresh, groups, halves, handles, host_math,
    includes, launch, libraries, memory, operators, pointers, types,
};
use crate::pass::Pass;

/// Checks the code around the identifier at a token index, which matches the rule, and reports findings.
pub(super) type Function = fn(&mut Pass, usize, &'static Rule);

/// The function of `check`.
pub(super) fn function(check: Check) -> Function {
    match check {
        Check::ApproximateComparison => approximate::comparison,
        Check::ArrayFlags => memory::array_flags,
        Check::AssertHeader => includes::assertion,
        Check::AttributeOrder => attributes::order,
        Check::BallotSize => found::ballot,
        Check::Bfloat16FromLong => halves::bfloat16_from_long,
        Check::Bfloat16Overload => halves::bfloat16_overload,
        Check::CoalescedGroup => libraries::coalesced,
        Check::ComputeCapability => libraries::capability,
        Check::ComputeType => contracts::compute_type,
        Check::ConstantArgument => contracts::constant_argument,
        Check::CubWarp => warp::cub::class,
        Check::CubWarpTranspose => warp::cub::transpose,
        Check::DevicePointer => pointers::device_pointer,
        Check::EnumFromNumber => contracts::enumerator_from_number,
        Check::ExtremumOverload => extremum::overload,
        Check::FindFirstSet => pointers::find_first_set,
        Check::Fp8Range => types::fp8,
        Check::FreshMemory => fresh::memory,
        Check::GraphicsInterop => memory::graphics_interop,
        Check::GroupAlgorithm => warp::algorithm,
        Check::GroupMember => groups::member,
        Check::HalfClassification => halves::classification,
        Check::HalfMatrix => contracts::half_matrix,
        Check::HalfRawPair => halves::raw_pair,
        Check::HalfPairExtremum => types::half_extremum,
        Check::HostMath => host_math::function,
        Check::HostFunction => callbacks::host_function,
        Check::LaunchBounds => launch::bounds,
        Check::LaunchVariable => pointers::launch_variable,
        Check::LibraryLanes => warp::lanes::function,
        Check::LibraryWarpSize => warp::lanes::constant,
        Check::Libcudacxx => libraries::libcudacxx,
        Check::LoadedCode => contracts::loaded_code,
        Check::MaskFunction => found::function,
        Check::MaskReduction => found::reduction,
        Check::MaskShuffle => found::shuffle,
        Check::MaskVote => found::vote,
        Check::MembersInBraces => contracts::members_in_braces,
        Check::MemoryLocation => contracts::memory_location,
        Check::NullPointerType => types::null_pointer_type,
        Check::OwnAtomic => types::atomic,
        Check::OwnOperator => operators::operator,
        Check::PragmaInMacro => types::pragma_in_macro,
        Check::RegisterKeyword => types::register,
        Check::RegisterLimit => launch::register_limit,
        Check::RtcOptions => contracts::rtc_options,
        Check::SharedMemory => contracts::shared_memory,
        Check::SpinLock => pointers::spin_lock,
        Check::LinkHeader => includes::link_function,
        Check::StringHeader => includes::string_function,
        Check::Surface => memory::surface,
        Check::Syncwarp => found::syncwarp,
        Check::TextureNumber => handles::number,
        Check::TextureObject => memory::texture_object,
        Check::TextureReference => memory::texture_reference,
        Check::TexturePitch => memory::texture_pitch,
        Check::TileFunction => libraries::tile_function,
        Check::VectorConstructor => types::constructor,
        Check::VolatileVector => pointers::volatile_vector,
        Check::VolumeFilter => memory::volume_filter,
        Check::WarpSizeConstant => width::constant,
        Check::WarpSizeDefinition => width::definition,
        Check::WaveFunction => warp::lanes::of_wave,
    }
}
