"""What can go wrong with applications and agreements, said so that the reader knows what to do."""

from zhengtong.kernel import errors


class ApplicationNotFound(errors.NotFound):
    zh = "没有这件共享申请，或不在您的查看范围内。"
    en = "There is no such application, or it is not yours to see."


class AgreementNotFound(errors.NotFound):
    zh = "没有这份共享协议，或不在您的查看范围内。"
    en = "There is no such agreement, or it is not yours to see."


class DisputeNotFound(errors.NotFound):
    zh = "没有这件争议，或不在您的查看范围内。"
    en = "There is no such dispute, or it is not yours to see."


class WishNotFound(errors.NotFound):
    zh = "没有这条需求。"
    en = "There is no such wish."


class ItemNotShared(errors.Conflict):
    zh = "“{item}”还没有发布或已撤销，不能申请；请换一个数据项，或在“需求清单”提出。"
    en = "“{item}” is not published, so it cannot be applied for; choose another, or put it on the list of wishes."


class OwnData(errors.Conflict):
    zh = "“{item}”由本部门提供，内部使用不必申请。"
    en = "Your own department provides “{item}”; using it inside needs no application."


class TermsWrong(errors.Invalid):
    zh = "申请有 {count} 处需要修改，请按提示填写。"
    en = "{count} parts of the application are to be mended, as told."


class MoreThanAsked(errors.Invalid):
    zh = "答复只能在申请的范围内减少，不能增加字段、次数或期限。"
    en = "An answer may take away from what was asked, never add to it."


class ApplicationElsewhere(errors.Conflict):
    zh = "申请 {number} 现在是“{state}”，不能“{deed}”；请刷新后再看。"
    en = "The application {number} is “{state}” now, so “{deed}” cannot be done; reload it."


class NotYourStep(errors.Refused):
    zh = "“{deed}”由{who}办理。"
    en = "“{deed}” is for {who}."


class SayWhy(errors.Invalid):
    zh = "“{deed}”须写明理由（至少两个字）。"
    en = "Say why: “{deed}” needs a reason."


class WarrantMissing(errors.Invalid):
    zh = "请确认申请真实、合法、必要后再提交。"
    en = "Warrant that the application is true, lawful and needed before it is submitted."


class BasisInsufficient(errors.Invalid):
    zh = "“{basis}”不能作为不予共享的依据。{source}。"
    en = "“{basis}” cannot be the basis of a refusal. {source}."


class ChecklistOpen(errors.Invalid):
    zh = "安全核对表还有 {count} 项未确认：{points}。"
    en = "{count} points of the security checklist are not confirmed: {points}."


class AgreementElsewhere(errors.Conflict):
    zh = "协议 {number} 现在是“{status}”，不能这样办；请刷新后再看。"
    en = "The agreement {number} is “{status}” now, so this cannot be done; reload it."


class SignedAlready(errors.Conflict):
    zh = "本部门已签署协议 {number} 第 {version} 版。"
    en = "Your department has signed version {version} of {number}."


class NotAParty(errors.Refused):
    zh = "这份协议的双方是{provider}和{consumer}；只有双方和数据主管部门可以办理。"
    en = "The parties are {provider} and {consumer}; only they and the data authority can do this."


class StoppedByAnother(errors.Conflict):
    zh = "协议由{side}暂停，由{side}恢复；有异议的可以提出争议。"
    en = "It was suspended by {side}, who alone can resume it; object by a dispute."


class TextAltered(errors.Conflict):
    zh = (
        "协议 {number} 的文本与提出时账本上的指纹不一致，不能签署；请联系管理员用“联盟链与回执”的核验查找被改动的记录。"
    )
    en = "The text of {number} is not the one whose fingerprint the ledger has, so it cannot be signed; have the administrator verify the ledger."


class ChangePending(errors.Conflict):
    zh = "协议 {number} 已有在办的变更或续签 {application}，请先办结它。"
    en = "A change or renewal of {number} is under way ({application}); settle that first."


class DisputeElsewhere(errors.Conflict):
    zh = "争议 {number} 现在是“{step}”，不能这样办；请刷新后再看。"
    en = "The dispute {number} is at “{step}” now, so this cannot be done; reload it."


class NothingToDispute(errors.Invalid):
    zh = "请说明争议针对哪件申请或哪份协议。"
    en = "Say which application or agreement it is about."


class WishElsewhere(errors.Conflict):
    zh = "这条需求已经答复过。"
    en = "This wish has been answered."


class ProofNotYet(errors.Conflict):
    zh = "协议 {number} 的记录还没有进入检查点，十分钟内自动生成，请稍后再下载。"
    en = "Nothing of agreement {number} is under a checkpoint yet; one is made within ten minutes. Try again then."


class PolicyUnknown(errors.NotFound):
    zh = "没有第 {version} 版合约规则；请用当时的版本重算。"
    en = "There is no version {version} of the contract's policies; decide again with the release of that time."


class PaperFontAbsent(errors.Unavailable):
    zh = "生成 PDF 需要中文字体，这台机器上没有找到。请安装：apt-get install fonts-noto-cjk，或把字体文件夹写入 agreements.fonts。"
    en = "A PDF needs a Chinese font, and none was found here. Install one (apt-get install fonts-noto-cjk) or set agreements.fonts."
