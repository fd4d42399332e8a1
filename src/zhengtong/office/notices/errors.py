"""What can go wrong with notices."""

from zhengtong.kernel import errors


class NoticeNotFound(errors.NotFound):
    zh = "没有这条消息，或它不是发给您的。"
    en = "There is no such notice, or it is not yours."


class DeliveryNotFound(errors.NotFound):
    zh = "没有这条发送记录。"
    en = "There is no such delivery."


class BroadcastNotFound(errors.NotFound):
    zh = "没有这条群发通知，或它不在您的管理范围内。"
    en = "There is no such announcement, or it lies outside what you administer."


class NothingToRetry(errors.Conflict):
    zh = "这条发送记录的状态是“{state}”，只有失败的才能重发。"
    en = "This delivery is “{state}”; only a failed one can be sent again."


class NotWanted(errors.Invalid):
    zh = "消息偏好有误，请按提示修改。"
    en = "The notice preferences are not valid; mend them as told."


class AudienceOutOfReach(errors.Refused):
    zh = "您只能向自己管理的部门发通知，请去掉范围外的部门。"
    en = "You can announce only to departments you administer; take the others out."


class AudienceEmpty(errors.Invalid):
    zh = "这个范围内没有在岗人员，请重新选择部门或角色。"
    en = "Nobody in post falls into that audience; choose other departments or roles."


class AlreadyWithdrawn(errors.Conflict):
    zh = "这条群发通知已经撤回。"
    en = "This announcement has been withdrawn already."


class LinkOutside(errors.Invalid):
    zh = "链接必须是本站内的地址，以 / 开头，例如 /notices。"
    en = "The link must be an address within this site, beginning with /, such as /notices."


class NoMailAddress(errors.Invalid):
    zh = "您的账号没有登记邮箱，请先登记，或填写一个收件地址。"
    en = "Your account has no mail address; register one, or give an address to send to."


class MailFailed(errors.Unavailable):
    zh = "测试邮件没有发出：{reason}。请检查邮件设置。"
    en = "The test mail was not sent: {reason}. Check the mail settings."


class TooManyStreams(errors.TooMany):
    zh = "您打开的页面太多（超过 {limit} 个实时连接），请关闭一些页面。"
    en = "You have too many pages open (over {limit} live streams); close some of them."
